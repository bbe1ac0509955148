/** What is written, read back, and against what diffusers writes. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openCheckpoint } from "./checkpoint.node.ts";
import { requireComponent } from "./checkpoint.ts";
import { openLora } from "./lora.node.ts";
import { ADAPTER_METADATA, fitLora, type Lora } from "./lora.ts";
import { type LoraWeights, loraTensors } from "./lora-tensors.ts";
import { floatTensor, openSafetensors, readFloats, writeSafetensors } from "./safetensors.node.ts";

const golden = (name: string) => fileURLToPath(new URL(`../../test/golden/${name}`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "ip2p-lora-"));
afterAll(() => rmSync(folder, { recursive: true }));

let open: (path: string) => Promise<Lora>;
beforeAll(async () => {
  const checkpoint = await openCheckpoint(golden("edit/checkpoint"));
  const tensorsOf = (name: string) => requireComponent(checkpoint, name).tensors;
  const base = { unet: tensorsOf("unet"), text_encoder: tensorsOf("text_encoder") };
  open = async (path) => fitLora(await openLora(path), base);
});

async function weightsIn(path: string): Promise<LoraWeights[]> {
  const { modules } = await open(path);
  return Promise.all(
    modules.map(async ({ component, path, alpha, down, up }) => {
      return { component, path, alpha, down: await readFloats(down), up: await readFloats(up) };
    }),
  );
}

const byPath = (modules: readonly LoraWeights[]) => modules.toSorted((a, b) => (a.path < b.path ? -1 : 1));

describe.each(["kohya", "diffusers", "peft"] as const)("%s", (layout) => {
  it.each(["kohya", "diffusers", "peft"])("read back, a LoRA of %s is the same", async (source) => {
    const modules = await weightsIn(golden(`lora/${source}.safetensors`));
    const { tensors, metadata } = loraTensors(modules, layout);
    const path = join(folder, `${source}-as-${layout}.safetensors`);
    const list = [...tensors].map(([name, array]) => floatTensor(name, array));
    await writeSafetensors(path, list, { metadata });
    const again = await weightsIn(path);
    expect((await open(path)).layouts).toEqual([layout]);
    const rounded = again.map((module) => ({ ...module, alpha: expect.closeTo(module.alpha, 5) }));
    expect(byPath(modules)).toEqual(byPath(rounded));
  });
});

describe("names and metadata", () => {
  it.each(["diffusers", "peft"] as const)("of the UNet are those that diffusers writes: %s", async (layout) => {
    const path = golden(`lora/${layout}.safetensors`);
    const written = [...(await openSafetensors(path)).tensors.keys()].filter((name) => name.startsWith("unet."));
    const { tensors } = loraTensors(await weightsIn(path), layout);
    expect([...tensors.keys()].filter((name) => name.startsWith("unet.")).sort()).toEqual(written.sort());
  });

  it("of kohya's layout have an alpha each, a scalar", () => {
    const array = (shape: number[], value: number) => ({ shape, data: new Float32Array(4).fill(value) });
    const module = { path: "text_model.encoder.fc1", down: array([2, 2], 1), up: array([2, 2], 2), alpha: 0.25 };
    const { tensors } = loraTensors([{ component: "text_encoder", ...module }], "kohya");
    expect(Object.fromEntries(tensors)).toEqual({
      "lora_te_text_model_encoder_fc1.lora_down.weight": module.down,
      "lora_te_text_model_encoder_fc1.lora_up.weight": module.up,
      "lora_te_text_model_encoder_fc1.alpha": { shape: [], data: Float32Array.of(0.25) },
    });
  });

  it("say rank and alpha of most modules, and which have others", async () => {
    const { metadata } = loraTensors(await weightsIn(golden("lora/peft.safetensors")), "peft");
    const settings = JSON.parse(metadata.get(ADAPTER_METADATA) ?? "");
    expect(settings).toMatchObject({ "unet.r": 4, "unet.lora_alpha": 6, "text_encoder.r": 2 });
    expect(settings["unet.rank_pattern"]).toEqual({
      "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_v": 2,
    });
    expect(settings["unet.alpha_pattern"]).toEqual({
      "mid_block.resnets.1.conv2": 1.5,
      "up_blocks.2.attentions.1.proj_in": 8,
    });
    expect(settings["unet.target_modules"]).toHaveLength(7);
  });
});
