/** Opening one model of a diffusers or transformers checkpoint: a folder with `config.json` and weights. */

import { CheckpointError } from "../errors.ts";
import { canonicalTensors } from "./canonical.ts";
import type { Component } from "./checkpoint.ts";
import { type CheckpointSource, readJson, within } from "./checkpoint-source.ts";
import { abbreviate, isJsonObject, type JsonObject } from "./json.ts";
import type { TensorIndex, TensorRef } from "./tensor-ref.ts";
import { chooseWeightFiles } from "./weight-files.ts";

export interface ComponentOptions {
  /** Take `model.fp16.safetensors` rather than `model.safetensors` where there is one. */
  readonly variant?: string;
  readonly name: string;
  /** Its Python class, for a configuration that does not say. */
  readonly className?: string;
}

/** Opens a folder of the source. Only headers are read. @throws CheckpointError when something is missing or malformed. */
export async function openComponentFolder(
  source: CheckpointSource,
  folder: string,
  options: ComponentOptions,
): Promise<Component> {
  const place = source.place(folder);
  const names = await source.list(folder);
  if (!names.includes("config.json")) throw new CheckpointError(`${place}: expected config.json beside the weights`);
  const config = await readJson(source, within(folder, "config.json"));
  const className = classOf(config) ?? options.className ?? "unknown";
  // diffusers writes its class into the configuration, transformers a list of architectures
  const stem = config._class_name === undefined ? "model" : "diffusion_pytorch_model";
  const { file, sharded, variant } = chooseWeightFiles(names, { folder: place, stem, variant: options.variant });
  const path = within(folder, file);
  const tensors = sharded ? await openShards(source, folder, path) : (await source.header(path)).tensors;
  return { name: options.name, className, config, tensors: canonicalTensors(tensors, className, config), variant };
}

function classOf(config: JsonObject): string | undefined {
  if (typeof config._class_name === "string") return config._class_name;
  const first = Array.isArray(config.architectures) ? config.architectures[0] : undefined;
  return typeof first === "string" ? first : undefined;
}

/** Opens the shards that an index lists. Index and shards must agree on where every tensor is. */
async function openShards(source: CheckpointSource, folder: string, index: string): Promise<TensorIndex> {
  const place = source.place(index);
  const map = (await readJson(source, index)).weight_map;
  if (!isJsonObject(map)) throw new CheckpointError(`${place}: expected an object weight_map`);
  const tensors = new Map<string, TensorRef>();
  for (const shard of new Set(Object.values(map))) {
    if (typeof shard !== "string" || /[\\/]/.test(shard) || !shard.endsWith(".safetensors")) {
      throw new CheckpointError(`${place}: ${abbreviate(shard)} is not the name of a safetensors file in its folder`);
    }
    for (const [name, ref] of (await source.header(within(folder, shard))).tensors) {
      if (map[name] !== shard) throw new CheckpointError(`${shard} holds tensor ${name}, ${place} says otherwise`);
      tensors.set(name, ref);
    }
  }
  const missing = Object.keys(map).find((name) => !tensors.has(name));
  if (missing !== undefined) {
    throw new CheckpointError(`${place}: tensor ${missing} is not in ${abbreviate(map[missing])}`);
  }
  return tensors;
}
