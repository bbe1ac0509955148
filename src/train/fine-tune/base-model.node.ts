/** The checkpoint that a training starts from: its networks, its tokenizer and its noise. */

import { alphaBars } from "../../diffusion/noise-table.ts";
import { type SchedulerFile, schedulerConfig, stableDiffusionScheduler } from "../../diffusion/scheduler-config.ts";
import { CheckpointError } from "../../errors.ts";
import { resolveModel } from "../../hub/resolve-model.node.ts";
import { clipTextConfig } from "../../models/clip-config.ts";
import { type UNetConfig, unetConfig } from "../../models/unet-config.ts";
import { vaeConfig } from "../../models/vae-config.ts";
import { weightStore } from "../../nn/weight-store.ts";
import type { EditNetworks } from "../../pipelines/edit-graphs.ts";
import type { LoadEvent } from "../../pipelines/instruct-pix2pix.node.ts";
import { loadClipTokenizer } from "../../text/clip-tokenizer.node.ts";
import type { ClipTokenizer } from "../../text/clip-tokenizer.ts";
import { openCheckpoint } from "../../weights/checkpoint.node.ts";
import { type Checkpoint, type Component, requireComponent, requireTokenizer } from "../../weights/checkpoint.ts";
import { describeCheckpoint } from "../../weights/describe.ts";
import type { JsonObject } from "../../weights/json.ts";
import type { Prediction } from "../loss-weight.ts";

/** What a denoiser is trained to do. */
export type Purpose = "edit" | "text-to-image";

/** Input channels of the UNet: noisy latents, and for edits those of the input picture. */
export const CHANNELS: Readonly<Record<Purpose, number>> = { edit: 8, "text-to-image": 4 };

export interface BaseModel {
  readonly purpose: Purpose;
  readonly checkpoint: Checkpoint;
  readonly networks: EditNetworks;
  /** The UNet to be trained: as the checkpoint's, but for its input channels where it is widened. */
  readonly unet: { readonly config: UNetConfig; readonly json: JsonObject; readonly component: Component };
  readonly tokenizer: ClipTokenizer;
  /** `scheduler_config.json` of the trained model. */
  readonly scheduler: SchedulerFile;
  /** ᾱ by timestep. */
  readonly alphaBar: Float32Array;
  readonly prediction: Prediction;
}

export interface BaseModelOptions {
  readonly purpose: Purpose;
  /** Weights to prefer, e.g. `fp16`. */
  readonly variant?: string;
  /** A tokenizer's folder, in place of the checkpoint's own. */
  readonly tokenizer?: string;
  /** What the UNet is to predict. Default: what the checkpoint's predicts. */
  readonly prediction?: Prediction;
  readonly onProgress?: (event: LoadEvent) => void;
  readonly signal?: AbortSignal;
}

/**
 * Opens a checkpoint to be trained on; only configurations and headers are read.
 *
 * @param model a diffusers folder, an original `.safetensors` file, or `org/name[@revision]` on the hub. To be trained for
 *   edits it may be one that makes pictures from text: its UNet is widened.
 * @throws UsageError, HubError, CheckpointError
 */
export async function openBaseModel(model: string, options: BaseModelOptions): Promise<BaseModel> {
  const { purpose, variant, tokenizer, signal, onProgress } = options;
  const path = await resolveModel(model, {
    variant,
    signal,
    onProgress: ({ file, receivedBytes, totalBytes }) =>
      onProgress?.({ phase: "download", file, received: receivedBytes, total: totalBytes }),
  });
  const components = ["unet", "vae", "text_encoder"];
  const checkpoint = await openCheckpoint(path, { variant, components, tokenizer });
  requireTrainable(checkpoint, purpose);
  const networks = readNetworks(checkpoint);
  const component = requireComponent(checkpoint, "unet");
  const file = checkpoint.scheduler ?? stableDiffusionScheduler;
  const noise = schedulerConfig(file, "DDPMScheduler");
  const prediction = options.prediction ?? trainedPrediction(noise.prediction_type, checkpoint);
  return {
    purpose,
    checkpoint,
    networks,
    unet: {
      config: { ...networks.unet.config, inChannels: CHANNELS[purpose] },
      json: { ...withoutOrigin(component.config), in_channels: CHANNELS[purpose] },
      component,
    },
    tokenizer: await loadClipTokenizer(requireTokenizer(checkpoint)),
    scheduler: schedulerFor(purpose, checkpoint, { ...file, prediction_type: prediction }),
    alphaBar: alphaBars(noise),
    prediction,
  };
}

/** @throws CheckpointError for checkpoints that do something else, or are of another architecture. */
function requireTrainable(checkpoint: Checkpoint, purpose: Purpose): void {
  const { family, task, title } = describeCheckpoint(checkpoint);
  const bases = purpose === "edit" ? ["edit", "text-to-image"] : ["text-to-image"];
  if (bases.includes(task) && family !== "sdxl" && family !== "other") return;
  const expected = purpose === "edit" ? "4 input channels, which are widened to 8, or 8" : "4 input channels";
  throw new CheckpointError(
    `${checkpoint.path} is ${title}: training for ${purpose} expects Stable Diffusion 1.x or 2.x with ${expected}`,
  );
}

function readNetworks(checkpoint: Checkpoint): EditNetworks {
  const where = (name: string) => `${checkpoint.path}: ${name}`;
  const network = <Config>(name: string, read: (json: JsonObject, where: string) => Config) => {
    const { config, tensors } = requireComponent(checkpoint, name);
    return { config: read(config, where(`${name}/config.json`)), store: weightStore(tensors, where(name)) };
  };
  return {
    unet: network("unet", unetConfig),
    vae: network("vae", vaeConfig),
    textEncoder: network("text_encoder", clipTextConfig),
  };
}

function trainedPrediction(type: string, { path }: Checkpoint): Prediction {
  if (type === "epsilon" || type === "v_prediction") return type;
  throw new CheckpointError(
    `${path}: its UNet predicts "${type}"; expected epsilon or v_prediction, or say which one to train it for`,
  );
}

/** A base that edits keeps its sampler; one that is made to edit gets that of the published model. */
function schedulerFor(purpose: Purpose, checkpoint: Checkpoint, file: SchedulerFile): SchedulerFile {
  const editsAlready = describeCheckpoint(checkpoint).task === "edit";
  return purpose === "text-to-image" || editsAlready
    ? file
    : { ...file, _class_name: "EulerAncestralDiscreteScheduler" };
}

function withoutOrigin(json: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(json).filter(([key]) => key !== "_name_or_path"));
}
