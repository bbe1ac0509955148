/** The verb `train`: one schema from which flags, help and validation are made, and what a run's options.json holds. */

import { z } from "zod";
import { SCHEDULES } from "../train/learning-rate.ts";
import { field } from "./field.ts";

/** What can be trained. */
export const OBJECTIVES = ["edit", "text-to-image", "autoencoder", "clip", "scorer"] as const;

/** The data that is drawn by program, on the fly. */
export const MINIATURE = "miniature";

/** More pairs than any training here gets through. */
const ENDLESS = 2 ** 20;

/** How many pairs `miniature` or `miniature:60000` draws before they come again; undefined for other data. */
export function miniaturePairs(data: string): number | undefined {
  const [name, pairs = String(ENDLESS)] = data.split(":");
  return name === MINIATURE && /^[1-9]\d{0,6}$/.test(pairs) ? Number(pairs) : undefined;
}

const DEVICES = ["cpu", "webgpu", "cuda"] as const;

const positive = z.number().positive();
const expectsPositive = "a number above 0";

const subject = {
  objective: field(z.enum(OBJECTIVES).default("edit"), {
    description: "what to train",
    group: "Required",
    value: "<name>",
    positional: "[objective]",
  }),
  data: field(z.string().min(1), {
    description: `data set: a folder of prompts, JSON lines or Parquet; ${MINIATURE}, or ${MINIATURE}:60000, draws its own`,
    group: "Required",
    value: "<path>",
    aliases: ["train-data-dir", "dataset"],
  }),
  output: field(z.string().min(1), {
    description: "folder of the run; the finished model is model/ in it",
    group: "Required",
    value: "<folder>",
    short: "o",
    aliases: ["output-dir"],
  }),
  model: field(z.string().min(1).optional(), {
    description: `checkpoint to start from: diffusers folder, .safetensors file, or org/name[@revision]; without one, the ${MINIATURE}'s own small networks are trained from nothing; with one that has them, they are trained on`,
    group: "Common",
    value: "<model>",
    aliases: ["pretrained-model-name-or-path", "ckpt"],
  }),
};

const course = {
  steps: field(z.int().min(1).default(10_000), {
    description: "steps of the whole training",
    group: "Common",
    value: "<n>",
    aliases: ["max-train-steps"],
  }),
  batch: field(z.int().min(1).default(4), {
    description: "examples that are computed at once",
    group: "Common",
    value: "<n>",
    aliases: ["train-batch-size"],
  }),
  accumulate: field(z.int().min(1).default(1), {
    description: "such batches in a step",
    group: "Common",
    value: "<n>",
    aliases: ["gradient-accumulation-steps"],
  }),
  learningRate: field(positive.default(1e-4), {
    description: "how far a step goes",
    group: "Common",
    value: "<rate>",
    aliases: ["lr"],
    expects: expectsPositive,
  }),
  schedule: field(z.enum(SCHEDULES).default("constant"), {
    description: "how the rate changes",
    group: "Common",
    value: "<name>",
    aliases: ["lr-scheduler"],
  }),
  warmup: field(z.int().min(0).default(0), {
    description: "steps over which the rate rises; not of constant",
    group: "Common",
    value: "<n>",
    aliases: ["lr-warmup-steps"],
  }),
  seed: field(z.int().min(0).default(0), {
    description: "decides everything that is drawn",
    group: "Common",
    value: "<n>",
  }),
};

const pictures = {
  resolution: field(z.int().min(32).max(4096).default(256), {
    description: "side of the squares that are trained on",
    group: "Image",
    value: "<px>",
    unit: "px",
  }),
  fit: field(z.enum(["reference", "diffusers"]).default("reference"), {
    description: "whose resizing: Lanczos or bicubic",
    group: "Image",
    value: "<reference|diffusers>",
  }),
  resize: field(
    z
      .string()
      .regex(/^\d+-\d+$/)
      .optional(),
    {
      description: "least and greatest side before a random crop, as 256-288 in the paper; default: no crops",
      group: "Image",
      value: "<a-b>",
      expects: "two sides such as 256-288",
    },
  ),
  flip: field(z.enum(["safe", "always", "never"]).default("safe"), {
    description: "mirror half of the pairs; safe leaves those whose words name a side",
    group: "Image",
    value: "<safe|always|never>",
  }),
  split: field(z.enum(["train", "all"]).default("train"), {
    description: "train leaves a tenth of the data out, all takes everything",
    group: "Image",
    value: "<train|all>",
  }),
  columns: field(z.string().min(1).optional(), {
    description: "columns of a table: input=…,instruction=…,edited=…; default: told by their names",
    group: "Image",
    value: "<key=name,…>",
  }),
};

const network = {
  loraRank: field(z.int().min(1).max(4096).optional(), {
    description: "train low-rank changes of this rank; default: train the whole UNet",
    group: "Model",
    value: "<n>",
    aliases: ["rank"],
  }),
  loraAlpha: field(positive.optional(), {
    description: "their strength is alpha / rank; default: the rank",
    group: "Model",
    value: "<n>",
    expects: expectsPositive,
  }),
  loraTargets: field(z.array(z.string().min(1)).optional(), {
    description: "end of the paths of modules to change; repeat it; default: to_q, to_k, to_v, to_out.0",
    group: "Model",
    value: "<path>",
  }),
  loraKohya: field(z.boolean().default(false), {
    description: "also write them in the layout of web UIs",
    group: "Model",
  }),
  trainTextEncoder: field(z.boolean().default(false), {
    description: "the text encoder learns with the UNet; in the paper it does not",
    group: "Model",
  }),
  freeze: field(z.array(z.string().min(1)).optional(), {
    description: "scope of parameters that stay as they are in --model, such as vae.encoder; repeat it; not of UNets",
    group: "Model",
    value: "<path>",
  }),
  cacheLatents: field(z.boolean().default(false), {
    description: "encode every picture and text once, and keep that on the disk",
    group: "Model",
  }),
  recompute: field(z.boolean().default(false), {
    description: "less memory for more time: inner values are computed twice",
    group: "Model",
    aliases: ["gradient-checkpointing"],
  }),
  device: field(z.array(z.enum(DEVICES)).min(1).default(["cpu"]), {
    description: "where to compute, in order of preference",
    group: "Model",
    value: "<name,…>",
    env: "IP2P_DEVICE",
  }),
  threads: field(z.int().min(1).max(1024).optional(), {
    description: "threads that compute; default: one per core",
    group: "Advanced",
    value: "<n>",
  }),
  variant: field(z.string().min(1).optional(), {
    description: "weights variant of the checkpoint, e.g. fp16",
    group: "Advanced",
    value: "<name>",
  }),
  tokenizer: field(z.string().min(1).optional(), {
    description: "tokenizer folder, for a checkpoint that has none",
    group: "Advanced",
    value: "<folder>",
  }),
};

const recording = {
  resume: field(z.boolean().default(false), {
    description: "go on with the run in the output folder; its options need not be given again",
    group: "Output",
  }),
  checkpointEvery: field(z.int().min(1).default(500), {
    description: "steps from snapshot to snapshot",
    group: "Output",
    value: "<n>",
    aliases: ["checkpointing-steps"],
  }),
  keep: field(z.int().min(1).default(2), {
    description: "snapshots to keep",
    group: "Output",
    value: "<n>",
    aliases: ["checkpoints-total-limit"],
  }),
  sampleEvery: field(z.int().min(0).default(500), {
    description: "steps from sample sheet to sample sheet, 0 = none",
    group: "Output",
    value: "<n>",
  }),
  progress: field(z.enum(["auto", "json", "none"]).default("auto"), {
    description: "json prints one event per line on standard output",
    group: "Output",
    value: "<auto|json|none>",
  }),
  quiet: field(z.boolean().default(false), { description: "no progress and no notes", group: "Output", short: "q" }),
};

const optimiser = {
  weightDecay: field(z.number().min(0).default(0.01), {
    description: "decoupled weight decay",
    group: "Advanced",
    value: "<n>",
    aliases: ["adam-weight-decay"],
  }),
  betas: field(
    z
      .string()
      .regex(/^0?\.\d+,0?\.\d+$/)
      .default("0.9,0.999"),
    {
      description: "decay rates of AdamW's moments",
      group: "Advanced",
      value: "<b1,b2>",
      expects: "two numbers between 0 and 1, such as 0.9,0.999",
    },
  ),
  maxGradNorm: field(z.union([positive, z.literal("none")]).default(1), {
    description: "norm to which larger gradients are scaled down, or none",
    group: "Advanced",
    value: "<n>",
    expects: `${expectsPositive}, or none`,
  }),
  ema: field(z.boolean().default(true), { description: "keep a moving average of the weights", group: "Advanced" }),
  emaDecay: field(z.number().min(0).max(1).default(0.9999), {
    description: "its largest decay",
    group: "Advanced",
    value: "<n>",
  }),
  emaRamp: field(z.enum(["reference", "diffusers"]).default("reference"), {
    description: "how its decay begins",
    group: "Advanced",
    value: "<reference|diffusers>",
  }),
  emaPer: field(z.enum(["step", "micro-batch"]).default("step"), {
    description: "how often it moves; the original code: in every micro-batch",
    group: "Advanced",
    value: "<step|micro-batch>",
  }),
  prediction: field(z.enum(["epsilon", "v_prediction"]).optional(), {
    description: "what the UNet predicts; default: what the checkpoint's does",
    group: "Advanced",
    value: "<epsilon|v_prediction>",
  }),
  minSnr: field(positive.optional(), {
    description: "weigh noise levels by min-SNR with this gamma; default: all alike",
    group: "Advanced",
    value: "<gamma>",
    aliases: ["snr-gamma"],
    expects: expectsPositive,
  }),
  emphasis: field(z.number().min(0).max(100).default(0), {
    description: "how much more it counts where an edit changes the picture; the paper: all alike",
    group: "Advanced",
    value: "<n>",
  }),
  late: field(z.number().min(-1).max(1).default(0), {
    description: "share of examples noised to the later of two timesteps, below 0 to the earlier; the paper: all alike",
    group: "Advanced",
    value: "<share>",
  }),
  dropout: field(z.number().min(0).max(0.33).default(0.05), {
    description: "probability of leaving out the text, the picture, and both",
    group: "Advanced",
    value: "<p>",
    aliases: ["conditioning-dropout-prob"],
    expects: "a number from 0 to 0.33",
  }),
  latents: field(z.string().min(1).optional(), {
    description: "folder of cached latents; default: latents/ in the run",
    group: "Advanced",
    value: "<folder>",
  }),
  workers: field(z.int().min(0).max(64).default(0), {
    description: "threads that read pictures",
    group: "Advanced",
    value: "<n>",
    aliases: ["dataloader-num-workers"],
  }),
};

/** Everything `ip2p train` can be told. */
export const trainVerb = z.strictObject({
  ...subject,
  ...course,
  ...pictures,
  ...network,
  ...recording,
  ...optimiser,
});

export type TrainVerbOptions = z.output<typeof trainVerb>;
export type Objective = TrainVerbOptions["objective"];

/** Options of the command, not of the run: they are not written down. */
export const PASSING_OPTIONS = [
  "output",
  "resume",
  "progress",
  "quiet",
] as const satisfies readonly (keyof TrainVerbOptions)[];

/** What `betas` says. */
export function parseBetas(betas: TrainVerbOptions["betas"]): readonly [number, number] {
  const [first, second] = betas.split(",").map(Number);
  return [first, second];
}

/** Options that may change when a run goes on: what is computed does not depend on them. */
export function freeOptions({ schedule }: TrainVerbOptions): readonly string[] {
  const free = ["checkpointEvery", "keep", "sampleEvery", "threads", "workers"];
  // Where the other schedules end decides the rate of every step.
  return schedule.startsWith("constant") ? ["steps", ...free] : free;
}
