/** Whole edits with LoRA files: diffusers' picture, however weights are held. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { UsageError } from "../../src/errors.ts";
import { readImage } from "../../src/image/decode.node.ts";
import type { Image } from "../../src/image/image.ts";
import { InstructPix2Pix, type LoadOptions } from "../../src/pipelines/instruct-pix2pix.node.ts";

const golden = (name: string) => fileURLToPath(new URL(`../golden/${name}`, import.meta.url));
const CHECKPOINT = golden("edit/checkpoint");
const LORA = golden("lora/diffusers.safetensors");

const cache = mkdtempSync(join(tmpdir(), "ip2p-lora-edit-"));
afterAll(() => rmSync(cache, { recursive: true }));

/** Case p1 of the edits without LoRA. */
async function edit(options: LoadOptions): Promise<Image> {
  const [{ text, steps, textGuidance, imageGuidance, seed }] = JSON.parse(
    readFileSync(golden("edit/cases.json"), "utf8"),
  );
  await using model = await InstructPix2Pix.load(CHECKPOINT, { cache, ...options });
  const settings = { steps, textGuidance, imageGuidance, seed, resolution: "native", restore: false } as const;
  return await model.edit(await readImage(golden("edit/p1-in.png")), text, settings);
}

function largestDifference(a: Image, b: Image): number {
  expect([a.width, a.height]).toEqual([b.width, b.height]);
  return a.data.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b.data[i])), 0);
}

describe("an edit with a LoRA", () => {
  const loras = [{ path: LORA, scale: 0.8 }];

  it.each<[string, LoadOptions]>([
    ["in place", {}],
    ["prepared", { weights: "prepared" }],
    ["packed", { weights: "packed" }],
    ["branch by branch", { memory: "low" }],
    ["on wasm", { device: "wasm" }],
    ["in two halves", { loras: [{ path: LORA }, { path: LORA, scale: -0.2 }] }],
  ])("is diffusers', every value within 1: %s", async (_name, options) => {
    const edited = await edit({ loras, ...options });
    expect(largestDifference(edited, await readImage(golden("lora/edit.png")))).toBeLessThanOrEqual(1);
  });

  it("differs from one without; at a scale of 0 it does not", async () => {
    const plain = await readImage(golden("edit/p1-out.png"));
    expect(largestDifference(plain, await readImage(golden("lora/edit.png")))).toBeGreaterThan(50);
    expect(largestDifference(await edit({ loras: [{ path: LORA, scale: 0 }] }), plain)).toBeLessThanOrEqual(1);
  });

  it.each<[LoadOptions["loras"], RegExp]>([
    [[{ path: "none.safetensors" }], /^none\.safetensors cannot be opened: there is no such file/],
    [[{ path: join(CHECKPOINT, "unet/diffusion_pytorch_model.safetensors") }], /is no LoRA: expected tensors such as/],
  ])("is refused: %j", async (wrong, message) => {
    await expect(edit({ loras: wrong })).rejects.toThrow(message);
  });

  it("has a finite scale", async () => {
    await expect(edit({ loras: [{ path: LORA, scale: Number.NaN }] })).rejects.toThrow(UsageError);
  });
});
