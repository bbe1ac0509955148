import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CheckpointError } from "../errors.ts";
import { fromSingleFile } from "./ldm.ts";
import type { TensorRef } from "./tensor-ref.ts";

const golden = (name: string) =>
  readFileSync(new URL(`../../test/golden/${name}.txt`, import.meta.url), "utf8")
    .trim()
    .split("\n");

/** Every tensor of a single file: its key, and the component, name and shape it becomes. */
const lines = golden("weights/ldm-sd15-ip2p").map((line) => {
  const [key, component, name] = line.split(" ", 3);
  const shape: number[] = JSON.parse(line.slice(line.indexOf("[")));
  return { key, component, name, shape };
});

function index(entries: Iterable<readonly [key: string, shape: readonly number[]]>): Map<string, TensorRef> {
  const refs = [...entries].map(
    ([name, shape], i): TensorRef => ({ name, shape, dtype: "float16", file: "m", offset: 10_000 + i, length: 1 }),
  );
  return new Map(refs.map((ref) => [ref.name, ref]));
}

const plain = index(lines.map(({ key, shape }) => [key, shape] as const));
const emaKey = (key: string) => `model_ema.${key.slice("model.".length).replaceAll(".", "")}`;
const unetLines = lines.filter(({ component }) => component === "unet");
const buffers = ["betas", "alphas_cumprod", "model_ema.decay", "model_ema.num_updates", "scale_factor"];
const withEma = index([
  ...lines.map(({ key, shape }) => [key, shape] as const),
  ...unetLines.map(({ key, shape }) => [emaKey(key), shape] as const),
  ...buffers.map((key) => [key, [1000]] as const),
  ["cond_stage_model.transformer.text_model.embeddings.position_ids", [1, 77]] as const,
]);

describe("a Stable Diffusion 1.x single file", () => {
  it.each([
    ["unet", "unet_sd15_ip2p"],
    ["vae", "vae_kl_f8"],
    ["text_encoder", "clip_text_vitl14"],
  ])("has exactly the names and shapes of diffusers' %s", (component, keys) => {
    for (const file of [plain, withEma]) {
      const tensors = fromSingleFile(file, "m").components.get(component)!.tensors;
      const listed = [...tensors].map(([name, { shape }]) => `${name} [${shape.join(", ")}]`);
      expect(listed.sort()).toEqual(golden(`checkpoint-keys/${keys}`).sort());
    }
  });

  it("maps each key to the name diffusers' converter gives it", () => {
    const { components } = fromSingleFile(plain, "m");
    for (const { key, component, name } of lines) {
      expect([key, components.get(component)!.tensors.get(name)?.offset]).toEqual([key, plain.get(key)!.offset]);
    }
  });

  it("is an editing checkpoint by its input channels", () => {
    const { modelIndex, components, scheduler } = fromSingleFile(plain, "m");
    expect(modelIndex._class_name).toBe("StableDiffusionInstructPix2PixPipeline");
    expect(components.get("unet")!.config.in_channels).toBe(8);
    expect(scheduler?._class_name).toBe("EulerAncestralDiscreteScheduler");
    const four = new Map(plain).set("model.diffusion_model.input_blocks.0.0.weight", {
      ...plain.get("model.diffusion_model.input_blocks.0.0.weight")!,
      shape: [320, 4, 3, 3],
    });
    expect(fromSingleFile(four, "m").modelIndex._class_name).toBe("StableDiffusionPipeline");
  });

  it("of the oldest kind lacks text_model in its keys", () => {
    const old = index([...plain].map(([key, { shape }]) => [key.replace(".text_model.", "."), [...shape]] as const));
    const names = [...fromSingleFile(old, "m").components.get("text_encoder")!.tensors.keys()];
    expect(names.sort()).toEqual(
      lines
        .filter((l) => l.component === "text_encoder")
        .map((l) => l.name)
        .sort(),
    );
  });
});

describe("averaged weights", () => {
  it.each<[boolean | "auto", boolean, number]>([
    ["auto", true, 1],
    [true, true, 0],
    [false, false, 0],
  ])("with ema %s are used: %s", (ema, averaged, notes) => {
    const checkpoint = fromSingleFile(withEma, "m", { ema });
    expect(checkpoint.notes).toHaveLength(notes);
    const { tensors } = checkpoint.components.get("unet")!;
    expect(tensors.size).toBe(unetLines.length);
    for (const { key, name } of unetLines) {
      expect(tensors.get(name)!.offset).toBe(withEma.get(averaged ? emaKey(key) : key)!.offset);
    }
  });

  it("that are not there cannot be asked for", () => {
    expect(fromSingleFile(plain, "m").notes).toEqual([]);
    expect(() => fromSingleFile(plain, "m", { ema: true })).toThrow(/m holds no averaged \(EMA\) weights/);
  });

  it("must be complete and of the same shapes", () => {
    const key = unetLines[7].key;
    const without = new Map(withEma);
    without.delete(emaKey(key));
    expect(() => fromSingleFile(without, "m")).toThrow(`expected the average ${emaKey(key)} of ${key}`);
    const other = new Map(withEma).set(emaKey(key), { ...withEma.get(emaKey(key))!, shape: [3, 5] });
    expect(() => fromSingleFile(other, "m")).toThrow(/is \[3, 5\]/);
  });
});

describe("another single file is named:", () => {
  const unet = "model.diffusion_model.input_blocks.0.0.weight";
  it.each<[keys: string[], message: RegExp]>([
    [["lora_unet_down_blocks_0_attn1_to_q.lora_down.weight"], /is a LoRA/],
    [["unet.mid_block.attn1.to_q.lora_A.weight"], /is a LoRA/],
    [["control_model.time_embed.0.weight"], /is a ControlNet/],
    [[unet, "conditioner.embedders.0.transformer.text_model.final_layer_norm.bias"], /Stable Diffusion XL/],
    [["model.diffusion_model.joint_blocks.0.x_block.mlp.fc1.bias"], /Stable Diffusion 3/],
    [["double_blocks.0.img_attn.qkv.weight"], /Flux/],
    [[unet, "first_stage_model.encoder.conv_in.bias", "cond_stage_model.model.ln_final.bias"], /Stable Diffusion 2\.x/],
    [[unet, "first_stage_model.encoder.conv_in.bias"], /a UNet without/],
    [["decoder.conv_in.weight", "decoder.up.0.block.0.conv1.bias"], /an autoencoder alone/],
    [["down_blocks.0.resnets.0.conv1.weight", "conv_in.weight"], /one component of a diffusers checkpoint/],
    [["text_model.final_layer_norm.bias"], /a CLIP model alone/],
    [["a", "b", "c", "d"], /unknown layout \(4 tensors, such as a, b, c\)/],
  ])("%j", (keys, message) => {
    const open = () => fromSingleFile(index(keys.map((key) => [key, [4, 4, 3, 3]] as const)), "m.safetensors");
    expect(open).toThrow(CheckpointError);
    expect(open).toThrow(message);
    expect(open).toThrow(/^m\.safetensors is .*expected a whole Stable Diffusion 1\.x checkpoint/);
  });
});
