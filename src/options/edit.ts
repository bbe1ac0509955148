/** The verb `edit`: one schema from which flags, help, HTTP validation, types and studio controls are made. */

import { z } from "zod";
import { type EditDefaults, USUAL_EDIT_DEFAULTS } from "../pipelines/edit-defaults.ts";
import type { Device } from "../runtime/runtime.ts";
import { field } from "./field.ts";
import { SAMPLER_NAMES } from "./sampler-titles.ts";

const DEVICES = ["cpu", "webgpu", "cuda", "coreml", "dml", "wasm"] as const satisfies readonly Device[];

/**
 * What the pixels of one edit depend on, apart from the model, the image, the mask and the instruction. A model has its
 * own defaults of some of them: `completeSettings`.
 */
export const editSettings = z.strictObject({
  steps: field(z.int().min(1).max(1000).optional(), {
    description: "sampling steps",
    usual: USUAL_EDIT_DEFAULTS.steps,
    group: "Common",
    value: "<n>",
    aliases: ["num-inference-steps"],
    slider: { min: 1, max: 150, step: 1 },
  }),
  textGuidance: field(z.number().optional(), {
    description: "how strongly to follow the instruction (s_T)",
    usual: USUAL_EDIT_DEFAULTS.textGuidance,
    group: "Common",
    value: "<s>",
    aliases: ["guidance-scale", "cfg-text"],
    slider: { min: 1, max: 20, step: 0.1 },
  }),
  imageGuidance: field(z.number().optional(), {
    description: "how strongly to keep the input image (s_I)",
    usual: USUAL_EDIT_DEFAULTS.imageGuidance,
    group: "Common",
    value: "<s>",
    aliases: ["image-guidance-scale", "cfg-image"],
    slider: { min: 0.5, max: 5, step: 0.05 },
  }),
  seed: field(z.int().min(0).optional(), {
    description: "seed of the noise; drawn, and printed, when absent",
    group: "Common",
    value: "<n>",
  }),
  sampler: field(z.enum(SAMPLER_NAMES).optional(), {
    description: "sampling method; the checkpoint's own (for InstructPix2Pix euler-a) when absent",
    group: "Common",
    value: "<name>",
  }),
  resolution: field(z.union([z.int().min(64).max(4096), z.literal("native")]).optional(), {
    description: "long side to work at; native: the image's",
    usual: USUAL_EDIT_DEFAULTS.resolution,
    group: "Image",
    value: "<px>",
    unit: "px",
    slider: { min: 128, max: 1024, step: 64 },
  }),
  restore: field(z.boolean().default(true), {
    description: "bring the result back to the input's exact size",
    group: "Image",
  }),
  keepBelow: field(z.number().min(0).optional(), {
    description: "put back the input's pixels where latents change by less than this; 0: nowhere",
    usual: USUAL_EDIT_DEFAULTS.keepBelow,
    group: "Advanced",
    value: "<change>",
    expects: "a number from 0 up, in deviations of a latent; 0.2 to 0.5 are sensible",
    slider: { min: 0, max: 1, step: 0.05 },
  }),
  negative: field(z.string().default(""), {
    description: "text to steer away from",
    group: "Advanced",
    value: "<text>",
    aliases: ["negative-prompt"],
  }),
  generator: field(z.enum(["cpu", "cuda"]).default("cpu"), {
    description: "which of PyTorch's generators a seed means",
    group: "Advanced",
    value: "<name>",
  }),
});

/** What one edit is made of, as a line of a jobs file may give it. */
export const editSubject = z.strictObject({
  image: field(z.array(z.string().min(1)).optional(), {
    description: "image file or folder; - reads standard input",
    group: "Required",
    value: "<file>",
    positional: "<image…>",
    aliases: ["input"],
  }),
  prompt: field(z.array(z.string()).optional(), {
    description: "the edit to make; repeat it to make several",
    group: "Required",
    value: "<text>",
    positional: "[instruction]",
    short: "p",
    aliases: ["edit", "instruction"],
  }),
  output: field(z.string().min(1).optional(), {
    description: "file to write (.png .jpg .webp); - writes PNG to standard output",
    group: "Common",
    value: "<file>",
    short: "o",
  }),
  out: field(z.string().min(1).optional(), {
    description: "folder to write to; default: beside the input",
    group: "Common",
    value: "<folder>",
  }),
  count: field(z.int().min(1).max(1000).default(1), {
    description: "variants per image and instruction: seed, seed+1, …",
    group: "Common",
    value: "<n>",
    aliases: ["n", "num-images-per-prompt"],
  }),
  mask: field(z.string().min(1).optional(), {
    description: "image that says where to edit: transparent or white = edit",
    group: "Image",
    value: "<file>",
  }),
});

const model = {
  model: field(z.string().min(1).optional(), {
    description: "diffusers folder, .safetensors file, or org/name[@revision]",
    group: "Model",
    value: "<model>",
    aliases: ["ckpt"],
    env: "IP2P_MODEL",
  }),
  lora: field(z.array(z.string().min(1)).optional(), {
    description: "LoRA file and its strength, e.g. snow.safetensors:0.8; repeatable",
    group: "Model",
    value: "<file[:scale]>",
  }),
  device: field(z.array(z.enum(DEVICES)).min(1).default(["cpu"]), {
    description: "where to compute, in order of preference",
    group: "Model",
    value: "<name,…>",
    env: "IP2P_DEVICE",
  }),
  memory: field(z.enum(["fast", "low"]).default("fast"), {
    description: "low computes branch by branch and in tiles: less memory, more time",
    group: "Model",
    value: "<fast|low>",
  }),
  variant: field(z.string().min(1).optional(), {
    description: "weights variant of a diffusers folder, e.g. fp16",
    group: "Model",
    value: "<name>",
  }),
  weights: field(z.enum(["mapped", "prepared", "packed"]).optional(), {
    description: "prepared: faster, from 2.8 GB made once; mapped: as they are; default: prepared once made",
    group: "Advanced",
    value: "<name>",
  }),
  threads: field(z.int().min(1).max(1024).optional(), {
    description: "threads that compute; default: one per core",
    group: "Advanced",
    value: "<n>",
  }),
  tokenizer: field(z.string().min(1).optional(), {
    description: "tokenizer folder, for a checkpoint that has none",
    group: "Advanced",
    value: "<folder>",
  }),
};

const output = {
  force: field(z.boolean().default(false), { description: "overwrite files that exist", group: "Output" }),
  metadata: field(z.boolean().default(true), { description: "write all settings into the image", group: "Output" }),
  json: field(z.boolean().default(false), { description: "print one JSON document instead of paths", group: "Output" }),
  progress: field(z.enum(["auto", "json", "none"]).default("auto"), {
    description: "json prints one event per line on standard output",
    group: "Output",
    value: "<auto|json|none>",
  }),
  dryRun: field(z.boolean().default(false), {
    description: "check everything and print the plan, edit nothing",
    group: "Output",
  }),
  quiet: field(z.boolean().default(false), { description: "no progress and no notes", group: "Output", short: "q" }),
  verbose: field(z.boolean().default(false), {
    description: "how long loading took, and where errors come from",
    group: "Advanced",
    short: "v",
  }),
  jobs: field(z.string().min(1).optional(), {
    description: "JSON lines, each an edit that overrides these options; - reads standard input",
    group: "Advanced",
    value: "<file>",
  }),
};

/** Everything `ip2p edit` can be told. */
export const editVerb = z.strictObject({ ...editSubject.shape, ...editSettings.shape, ...model, ...output });

/** Settings as they were asked for. */
export type AskedSettings = z.output<typeof editSettings>;
/** Settings with nothing left open but the seed and the sampler. */
export type EditSettings = Completed<AskedSettings>;
/** Options that a model has completed. */
export type Completed<Asked> = Omit<Asked, keyof EditDefaults> & {
  readonly [Key in keyof EditDefaults]: EditDefaults[Key];
};
export type EditVerbOptions = z.output<typeof editVerb>;

/** The canonical keys a line of a jobs file may hold. */
export const EDIT_JOB_KEYS: readonly string[] = Object.keys({ ...editSubject.shape, ...editSettings.shape });

/** The part of a run's options that the pixels depend on. */
export function settingsOf(options: EditVerbOptions): AskedSettings {
  return editSettings.strip().parse(options);
}

/** Settings with a model's own where nothing was asked for. */
export function completeSettings<Asked extends Partial<EditDefaults>>(
  asked: Asked,
  defaults: EditDefaults,
): Completed<Asked> {
  const { steps, textGuidance, imageGuidance, resolution } = defaults;
  const restored = !("restore" in asked && asked.restore === false);
  return {
    ...asked,
    steps: asked.steps ?? steps,
    textGuidance: asked.textGuidance ?? textGuidance,
    imageGuidance: asked.imageGuidance ?? imageGuidance,
    resolution: asked.resolution ?? resolution,
    // A result of another size has no pixels of the input to put back.
    keepBelow: asked.keepBelow ?? (restored ? defaults.keepBelow : 0),
  };
}
