/** The miniature's trained networks as one checkpoint in diffusers' layout, half precision, small enough to come with a package. */

import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { NdArray } from "../ndarray.ts";
import { type EditDefaults, editDefaultsJson } from "../pipelines/edit-defaults.ts";
import { writeComponent, writeJson } from "../train/export-component.node.ts";
import { floatTensor } from "../weights/safetensors.node.ts";
import { AUTOENCODER_JSON } from "./recipes/autoencoder.ts";
import { clipTextJson, miniatureTokenizer } from "./recipes/clip.ts";
import { SCHEDULER_JSON, unetJson } from "./recipes/unet.ts";
import { miniatureTokenizerFiles } from "./tokenizer.ts";

/** Float32 weights by checkpoint key. */
export type Weights = ReadonlyMap<string, NdArray<Float32Array>>;

export interface MiniatureParts {
  readonly vae: Weights;
  /** Of a CLIP what begins with `text_model`; the rest of one may be there and is left out. */
  readonly textEncoder: Weights;
  readonly unet: Weights;
  /** What a model of edits is best used with. */
  readonly defaults?: EditDefaults;
  /** 8 for a model of edits, 4 for text to image. */
  readonly inChannels: 4 | 8;
}

/** Writes the checkpoint beside `folder` and puts it in its place when it is complete. */
export async function writeMiniature(folder: string, parts: MiniatureParts): Promise<void> {
  const temporary = `${folder}.${process.pid}.tmp`;
  await rm(temporary, { recursive: true, force: true });
  try {
    await writeParts(temporary, parts);
    await rm(folder, { recursive: true, force: true });
    await rename(temporary, folder);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function writeParts(
  folder: string,
  { vae, textEncoder, unet, inChannels, defaults }: MiniatureParts,
): Promise<void> {
  await mkdir(join(folder, "tokenizer"), { recursive: true });
  await mkdir(join(folder, "scheduler"));
  const index = { ...modelIndex(inChannels), ...(defaults && editDefaultsJson(defaults)) };
  await writeJson(join(folder, "model_index.json"), index);
  await writeJson(join(folder, "scheduler", "scheduler_config.json"), SCHEDULER_JSON);
  for (const [name, text] of miniatureTokenizerFiles()) {
    await writeFile(join(folder, "tokenizer", name), text, { flush: true });
  }
  const text = new Map([...textEncoder].filter(([name]) => name.startsWith("text_model.")));
  const textJson = {
    architectures: ["CLIPTextModel"],
    model_type: "clip_text_model",
    ...clipTextJson(miniatureTokenizer()),
  };
  await component(folder, "text_encoder", textJson, text);
  await component(folder, "vae", AUTOENCODER_JSON, vae);
  await component(folder, "unet", unetJson(inChannels), unet);
}

function component(folder: string, name: string, config: object, weights: Weights): Promise<void> {
  const tensors = [...weights].map(([key, array]) => floatTensor(key, array, "float16"));
  return writeComponent(folder, { name, config: JSON.parse(JSON.stringify(config)), tensors });
}

function modelIndex(inChannels: 4 | 8) {
  return {
    _class_name: inChannels === 8 ? "StableDiffusionInstructPix2PixPipeline" : "StableDiffusionPipeline",
    _diffusers_version: "0.40.0",
    feature_extractor: [null, null],
    image_encoder: [null, null],
    requires_safety_checker: false,
    safety_checker: [null, null],
    scheduler: ["diffusers", SCHEDULER_JSON._class_name],
    text_encoder: ["transformers", "CLIPTextModel"],
    tokenizer: ["transformers", "CLIPTokenizer"],
    unet: ["diffusers", "UNet2DConditionModel"],
    vae: ["diffusers", "AutoencoderKL"],
  };
}
