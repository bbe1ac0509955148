/** Opening a CLIP that is on this machine. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { CheckpointError } from "../errors.ts";
import { clipTextConfig, clipVisionConfig } from "../models/clip-config.ts";
import { weightStore } from "../nn/weight-store.ts";
import { loadClipTokenizer } from "../text/clip-tokenizer.node.ts";
import { isJsonObject, type JsonObject, parseJsonObject } from "../weights/json.ts";
import { openSafetensors } from "../weights/safetensors.node.ts";
import type { ClipModel } from "./clip-reader.ts";

/**
 * A CLIP in transformers' layout: `config.json`, `model.safetensors` and the tokenizer in one folder.
 *
 * @throws CheckpointError naming what is missing or malformed
 */
export async function openClip(folder: string): Promise<ClipModel> {
  const path = join(folder, "config.json");
  const text = await readFile(path, "utf8").catch((cause: Error) => {
    throw new CheckpointError(`expected a CLIP's folder, but ${path} cannot be read: ${cause.message}`, { cause });
  });
  const config = parsed(text, path);
  const part = (name: "text_config" | "vision_config"): JsonObject => {
    const json = config[name];
    if (!isJsonObject(json)) {
      throw new CheckpointError(`${path}: expected "${name}", as in the configuration of transformers' CLIPModel`);
    }
    // What the whole says of the joint space holds for both parts.
    const { projection_dim = json.projection_dim ?? 512 } = config;
    return { ...json, projection_dim };
  };
  return {
    text: clipTextConfig(part("text_config"), `${path}: text_config`),
    vision: clipVisionConfig(part("vision_config"), `${path}: vision_config`),
    store: weightStore((await openSafetensors(join(folder, "model.safetensors"))).tensors, `${folder}: clip`),
    tokenizer: await loadClipTokenizer(folder),
  };
}

function parsed(text: string, path: string): JsonObject {
  try {
    return parseJsonObject(text);
  } catch (cause) {
    throw new CheckpointError(`${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
