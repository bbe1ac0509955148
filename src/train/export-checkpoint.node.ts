/** A whole checkpoint in diffusers' layout: what was trained, and everything else from the base it was trained on. */

import { constants, copyFile, link, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { CheckpointError } from "../errors.ts";
import { inheritedDefaults } from "../pipelines/edit-defaults.ts";
import { type Checkpoint, requireComponent, requireTokenizer } from "../weights/checkpoint.ts";
import type { JsonObject, JsonValue } from "../weights/json.ts";
import { readTensorBytes, realFile, type TensorToWrite } from "../weights/safetensors.node.ts";
import type { TensorIndex } from "../weights/tensor-ref.ts";
import { weightsFile, writeComponent, writeJson, writeWeights } from "./export-component.node.ts";

export interface WrittenCheckpoint {
  /** Where everything else comes from. */
  readonly base: Checkpoint;
  /** E.g. `StableDiffusionInstructPix2PixPipeline`. */
  readonly pipeline: string;
  readonly scheduler: object & { readonly _class_name?: unknown };
  readonly unet: { readonly config: JsonObject; readonly tensors: readonly TensorToWrite[] };
  /** The text encoder's tensors where it was trained. Its configuration is that of the base. */
  readonly textEncoder?: readonly TensorToWrite[];
}

/** Parts that a checkpoint may have and that neither training nor editing asks for: they are left out. */
const LEFT_OUT = ["safety_checker", "feature_extractor", "image_encoder"];

/** Writes a checkpoint into `folder`, which is empty. Files that stay as they are become links where the disk has links. */
export async function writeCheckpoint(folder: string, checkpoint: WrittenCheckpoint): Promise<void> {
  const { base, scheduler, unet, textEncoder } = checkpoint;
  await writeJson(join(folder, "model_index.json"), modelIndex(checkpoint));
  await mkdir(join(folder, "scheduler"));
  await writeJson(join(folder, "scheduler", "scheduler_config.json"), scheduler);
  await mkdir(join(folder, "tokenizer"));
  for (const [name, path] of requireTokenizer(base)) await linkOrCopy(path, join(folder, "tokenizer", name));
  await carryOver(base, "vae", folder);
  await carryOver(base, "text_encoder", folder, textEncoder);
  await writeComponent(folder, { name: "unet", ...unet });
}

function modelIndex({ base: { modelIndex: index }, pipeline, scheduler }: WrittenCheckpoint): JsonObject {
  const { _diffusers_version: version, text_encoder, tokenizer } = index;
  const absent: readonly JsonValue[] = [null, null];
  return {
    _class_name: pipeline,
    ...(version === undefined ? {} : { _diffusers_version: version }),
    ...inheritedDefaults(index),
    ...Object.fromEntries(LEFT_OUT.map((name) => [name, absent])),
    requires_safety_checker: false,
    scheduler: ["diffusers", String(scheduler._class_name ?? "DDIMScheduler")],
    text_encoder: text_encoder ?? ["transformers", "CLIPTextModel"],
    tokenizer: tokenizer ?? ["transformers", "CLIPTokenizer"],
    unet: ["diffusers", "UNet2DConditionModel"],
    vae: ["diffusers", "AutoencoderKL"],
  };
}

/**
 * A component of the base, with its weights or with trained ones. Its configuration is carried over as it is spelled, as
 * transformers minds whether a number has a decimal point. Weights in several files become one.
 */
async function carryOver(
  base: Checkpoint,
  name: string,
  folder: string,
  trained?: readonly TensorToWrite[],
): Promise<void> {
  const { config, tensors } = requireComponent(base, name);
  if (base.kind === "single-file") {
    return writeComponent(folder, { name, config, tensors: trained ?? copies(tensors) });
  }
  const inner = join(folder, name);
  await mkdir(inner);
  await linkOrCopy(join(base.path, name, "config.json"), join(inner, "config.json"));
  const [file, ...others] = new Set([...tensors.values()].map((ref) => ref.file));
  const weights = join(inner, weightsFile(config));
  if (trained === undefined && others.length === 0) await linkOrCopy(file, weights);
  else await writeWeights(weights, trained ?? copies(tensors));
}

function copies(tensors: TensorIndex): TensorToWrite[] {
  return [...tensors.values()].map((ref) => ({ ...ref, data: () => readTensorBytes(ref) }));
}

/** Links a file, or copies it where links are not to be had: across disks, on some file systems. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  const real = await realFile(from);
  try {
    await link(real, to);
  } catch {
    await copyFile(real, to, constants.COPYFILE_FICLONE).catch((cause) => {
      throw cause.code === "ENOENT" ? new CheckpointError(`${from} is gone`, { cause }) : cause;
    });
  }
}
