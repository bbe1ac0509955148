/** Saying what a checkpoint is, and insisting on one for a task. */

import { CheckpointError } from "../errors.ts";
import { type DType, elements } from "../ndarray.ts";
import { type Checkpoint, type Component, requireComponent } from "./checkpoint.ts";
import type { JsonObject } from "./json.ts";

/** `sd`: built as Stable Diffusion 1.x and 2.x are, at a size of its own. */
export type Family = "sd1" | "sd2" | "sd" | "sdxl" | "other";
export type Task = "edit" | "text-to-image" | "inpainting" | "other";

export interface ComponentSummary {
  readonly name: string;
  readonly className: string;
  readonly variant: string | undefined;
  readonly tensors: number;
  readonly parameters: number;
  readonly bytes: number;
  /** Parameters stored as each type. */
  readonly dtypes: ReadonlyMap<DType, number>;
}

export interface CheckpointSummary {
  readonly family: Family;
  readonly task: Task;
  /** E.g. `Stable Diffusion 1.x InstructPix2Pix (8 input channels)`. */
  readonly title: string;
  readonly components: readonly ComponentSummary[];
  readonly parameters: number;
  readonly bytes: number;
}

/** The parts that pictures are made with. */
export interface DiffusionCheckpoint {
  readonly unet: Component;
  readonly vae: Component;
  readonly textEncoder: Component;
  readonly scheduler: JsonObject;
}

/** What a checkpoint is, from its configurations and headers. */
export function describeCheckpoint(checkpoint: Checkpoint): CheckpointSummary {
  const components = [...checkpoint.components.values()].map(describeComponent);
  const unet = checkpoint.components.get("unet");
  const family = unet === undefined ? "other" : familyOf(unet);
  const channels = unet === undefined ? undefined : inputChannels(checkpoint, unet);
  const task = taskOf(checkpoint, family, channels);
  return {
    family,
    task,
    title: titleOf(checkpoint, family, task, channels),
    components,
    parameters: sum(components.map(({ parameters }) => parameters)),
    bytes: sum(components.map(({ bytes }) => bytes)),
  };
}

/** What `requireTask` can insist on. */
export type SampledTask = Extract<Task, "edit" | "text-to-image">;

const EXPECTED: Readonly<Record<SampledTask, string>> = {
  edit: "InstructPix2Pix on Stable Diffusion 1.x or 2.x with 8 input channels, such as timbrooks/instruct-pix2pix",
  "text-to-image": "Stable Diffusion 1.x or 2.x with 4 input channels",
};

/**
 * The parts of an InstructPix2Pix checkpoint of the Stable Diffusion 1.x or 2.x architecture.
 *
 * @throws CheckpointError naming what came instead.
 */
export function requireEditModel(checkpoint: Checkpoint): DiffusionCheckpoint {
  return requireTask(checkpoint, ["edit"]);
}

/**
 * The parts of a checkpoint of the Stable Diffusion 1.x or 2.x architecture that is for one of `tasks`.
 *
 * @throws CheckpointError naming what came instead.
 */
export function requireTask(checkpoint: Checkpoint, tasks: readonly SampledTask[]): DiffusionCheckpoint {
  const { family, task, title } = describeCheckpoint(checkpoint);
  if (!tasks.some((one) => one === task) || family === "sdxl" || family === "other") {
    const reason = tasks.length === 1 && tasks[0] === "edit" ? `${why(task)}; ` : "";
    const expected = tasks.map((one) => EXPECTED[one]).join(", or ");
    throw new CheckpointError(`${checkpoint.path} is ${title}: ${reason}expected ${expected}`);
  }
  if (checkpoint.scheduler === undefined) {
    throw new CheckpointError(`${checkpoint.path}: expected scheduler/scheduler_config.json`);
  }
  return {
    unet: requireComponent(checkpoint, "unet"),
    vae: requireComponent(checkpoint, "vae"),
    textEncoder: requireComponent(checkpoint, "text_encoder"),
    scheduler: checkpoint.scheduler,
  };
}

function why(task: Task): string {
  if (task === "edit") return "an editing checkpoint, but of an architecture that cannot be run here";
  if (task === "text-to-image") return "this is a text-to-image checkpoint, not an editing one";
  if (task === "inpainting") return "this is an inpainting checkpoint, which fills masks and takes no instructions";
  return "this is not a checkpoint that edits by instruction";
}

function describeComponent({ name, className, variant, tensors }: Component): ComponentSummary {
  const dtypes = new Map<DType, number>();
  let bytes = 0;
  for (const { dtype, shape, length } of tensors.values()) {
    dtypes.set(dtype, (dtypes.get(dtype) ?? 0) + elements(shape));
    bytes += length;
  }
  return { name, className, variant, tensors: tensors.size, parameters: sum([...dtypes.values()]), bytes, dtypes };
}

function familyOf(unet: Component): Family {
  if (unet.className !== "UNet2DConditionModel") return "other";
  if (unet.config.addition_embed_type === "text_time") return "sdxl";
  if (unet.config.cross_attention_dim === 768) return "sd1";
  return unet.config.cross_attention_dim === 1024 ? "sd2" : "sd";
}

/** Input channels of the UNet. @throws CheckpointError when configuration and weights disagree. */
function inputChannels(checkpoint: Checkpoint, unet: Component): number | undefined {
  const stored = unet.tensors.get("conv_in.weight")?.shape[1];
  const configured = unet.config.in_channels ?? 4;
  if (stored !== undefined && stored !== configured) {
    const shape = `conv_in.weight has ${stored} input channels`;
    throw new CheckpointError(`${checkpoint.path}: ${shape}, unet/config.json says in_channels ${configured}`);
  }
  return stored;
}

function taskOf(checkpoint: Checkpoint, family: Family, channels: number | undefined): Task {
  const pipeline = pipelineOf(checkpoint);
  if (family === "other" || !/^(StableDiffusion|unknown$)|InstructPix2Pix/.test(pipeline)) return "other";
  if (channels === 8) return "edit";
  if (channels === 9) return "inpainting";
  return channels === 4 ? "text-to-image" : "other";
}

function titleOf(checkpoint: Checkpoint, family: Family, task: Task, channels: number | undefined): string {
  const families = {
    sd1: "Stable Diffusion 1.x",
    sd2: "Stable Diffusion 2.x",
    sd: "Stable Diffusion of its own size",
    sdxl: "Stable Diffusion XL",
  };
  if (family === "other") return `a checkpoint of ${pipelineOf(checkpoint)}`;
  const tasks = { edit: "InstructPix2Pix", "text-to-image": "text-to-image", inpainting: "inpainting" };
  const kind = task === "other" ? `for ${pipelineOf(checkpoint)}` : tasks[task];
  return `${families[family]} ${kind} (${channels ?? "unknown"} input channels)`;
}

function pipelineOf({ modelIndex }: Checkpoint): string {
  return typeof modelIndex._class_name === "string" ? modelIndex._class_name : "unknown";
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
