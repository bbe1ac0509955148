/** Checkpoints that are written around a UNet: they open again, with everything else as in their base. */

import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openCheckpoint } from "../weights/checkpoint.node.ts";
import type { Checkpoint } from "../weights/checkpoint.ts";
import { requireComponent } from "../weights/checkpoint.ts";
import { requireEditModel } from "../weights/describe.ts";
import { readTensorBytes, type TensorToWrite } from "../weights/safetensors.node.ts";
import { writeCheckpoint } from "./export-checkpoint.node.ts";

const golden = (name: string) => fileURLToPath(new URL(`../../test/golden/${name}`, import.meta.url));
const PIPELINE = "StableDiffusionInstructPix2PixPipeline";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ip2p-export-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Writes what a training of `base` would that changed nothing. */
async function rewrite(base: Checkpoint): Promise<Checkpoint> {
  const target = join(folder, "model");
  mkdirSync(target);
  const { config, tensors } = requireComponent(base, "unet");
  const same = [...tensors.values()].map((ref): TensorToWrite => ({ ...ref, data: () => readTensorBytes(ref) }));
  const unet = { config, tensors: same };
  await writeCheckpoint(target, { base, pipeline: PIPELINE, scheduler: base.scheduler ?? {}, unet });
  return await openCheckpoint(target);
}

async function bytesOf({ components }: Checkpoint): Promise<Map<string, Uint8Array>> {
  const bytes = new Map<string, Uint8Array>();
  for (const [component, { tensors }] of components) {
    for (const [name, ref] of tensors) bytes.set(`${component} ${name} ${ref.shape}`, await readTensorBytes(ref));
  }
  return bytes;
}

describe.each([
  ["whole files", "edit/checkpoint", undefined],
  ["shards of a variant", "edit-sweep/sharded-variant", "fp16"],
  ["old names of tensors", "edit-sweep/old", undefined],
  ["another architecture", "edit-sweep/stable-diffusion-2", undefined],
])("of a base with %s", (_name, base, variant) => {
  it("have its tensors, configurations, tokenizer and scheduler", async () => {
    const options = { components: ["unet", "vae", "text_encoder"] };
    const before = await openCheckpoint(golden(base), { variant, ...options });
    const after = await rewrite(before);
    expect(await bytesOf(after)).toEqual(await bytesOf(before));
    requireEditModel(after);
    for (const name of options.components) {
      expect(requireComponent(after, name).config).toEqual(requireComponent(before, name).config);
      expect(requireComponent(after, name).variant).toBeUndefined();
    }
    expect(after.scheduler).toEqual(before.scheduler);
    for (const [name, path] of before.tokenizer ?? []) {
      expect(readFileSync(after.tokenizer!.get(name)!)).toEqual(readFileSync(path));
    }
  });
});

it("link what stays as it is", async () => {
  const copy = join(folder, "base");
  cpSync(golden("edit/checkpoint"), copy, { recursive: true });
  await rewrite(await openCheckpoint(copy));
  const file = "vae/diffusion_pytorch_model.safetensors";
  expect(statSync(join(folder, "model", file)).ino).toBe(statSync(join(copy, file)).ino);
  expect(readdirSync(join(folder, "model")).sort()).toEqual(
    ["model_index.json", "scheduler", "text_encoder", "tokenizer", "unet", "vae"].sort(),
  );
});

it("say in model_index.json what is there and what is left out", async () => {
  const base = await openCheckpoint(golden("edit/checkpoint"));
  const defaults = { _edit_defaults: { resolution: 128 } };
  const safety_checker = ["stable_diffusion", "StableDiffusionSafetyChecker"];
  const modelIndex = { ...base.modelIndex, ...defaults, safety_checker };
  const { modelIndex: written } = await rewrite({ ...base, modelIndex });
  expect(written).toMatchObject({
    _class_name: PIPELINE,
    ...defaults,
    requires_safety_checker: false,
    safety_checker: [null, null],
    scheduler: ["diffusers", "EulerAncestralDiscreteScheduler"],
    unet: ["diffusers", "UNet2DConditionModel"],
  });
});

it("spell infinities as Python does", async () => {
  const base = await openCheckpoint(golden("edit/checkpoint"));
  const scheduler = { ...base.scheduler, lambda_min_clipped: Number.NEGATIVE_INFINITY };
  const after = await rewrite({ ...base, scheduler });
  expect(readFileSync(join(folder, "model/scheduler/scheduler_config.json"), "utf8")).toContain(
    '"lambda_min_clipped": -Infinity\n',
  );
  expect(after.scheduler).toEqual(scheduler);
});

it("are made of a single file as well", async () => {
  const whole = await openCheckpoint(golden("edit/checkpoint"));
  const shared = new Map(
    [...whole.components].map(([name, component]) => {
      const elsewhere = [...component.tensors].map(([key, ref]) => [key, { ...ref }] as const);
      return [name, { ...component, tensors: new Map(elsewhere) }] as const;
    }),
  );
  const after = await rewrite({ ...whole, kind: "single-file", components: shared });
  expect(await bytesOf(after)).toEqual(await bytesOf(whole));
  const file = "vae/diffusion_pytorch_model.safetensors";
  expect(statSync(join(folder, "model", file)).ino).not.toBe(statSync(join(golden("edit/checkpoint"), file)).ino);
});
