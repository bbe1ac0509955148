/** Opening one model of a diffusers or transformers checkpoint: its folder with `config.json` and weights. */

import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { CheckpointError } from "../errors.ts";
import { canonicalTensors } from "./canonical.ts";
import type { Component } from "./checkpoint.ts";
import { abbreviate, isJsonObject, type JsonObject, parseJsonObject } from "./json.ts";
import { openSafetensors, realFile } from "./safetensors.node.ts";
import type { TensorIndex, TensorRef } from "./tensor-ref.ts";
import { chooseWeightFiles } from "./weight-files.ts";

export interface OpenComponentOptions {
  /** Take `model.fp16.safetensors` rather than `model.safetensors` where there is one. */
  readonly variant?: string;
  /** Name of the component; default the folder's. */
  readonly name?: string;
  /** Its Python class, for a configuration that does not say. */
  readonly className?: string;
}

/**
 * Opens a folder such as `unet/`, or a whole CLIP model of transformers. Only headers are read.
 *
 * @throws CheckpointError when the folder, its configuration or its weights are missing or malformed.
 */
export async function openComponent(folder: string, options: OpenComponentOptions = {}): Promise<Component> {
  const names = await listFolder(folder);
  if (!names.includes("config.json")) throw new CheckpointError(`${folder}: expected config.json beside the weights`);
  const config = await readJson(join(folder, "config.json"));
  const className = classOf(config) ?? options.className ?? "unknown";
  // diffusers writes its class into the configuration, transformers a list of architectures
  const stem = config._class_name === undefined ? "model" : "diffusion_pytorch_model";
  const files = chooseWeightFiles(names, { folder, stem, variant: options.variant });
  const path = join(folder, files.file);
  const tensors = files.sharded ? await openShards(folder, path) : (await openSafetensors(path)).tensors;
  return {
    name: options.name ?? basename(folder),
    className,
    config,
    tensors: canonicalTensors(tensors, className, config),
    variant: files.variant,
  };
}

/** The names in a folder. @throws CheckpointError when it is not there. */
export async function listFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    throw new CheckpointError(`expected the folder ${folder}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}

/** A JSON object from a file. @throws CheckpointError naming the file. */
export async function readJson(file: string): Promise<JsonObject> {
  try {
    return parseJsonObject(await readFile(file, "utf8"));
  } catch (error) {
    throw new CheckpointError(`${file} cannot be read as JSON: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}

function classOf(config: JsonObject): string | undefined {
  if (typeof config._class_name === "string") return config._class_name;
  const first = Array.isArray(config.architectures) ? config.architectures[0] : undefined;
  return typeof first === "string" ? first : undefined;
}

/** Opens the shards that an index lists. Index and shards must agree on where every tensor is. */
async function openShards(folder: string, indexFile: string): Promise<TensorIndex> {
  const map = (await readJson(indexFile)).weight_map;
  if (!isJsonObject(map)) throw new CheckpointError(`${indexFile}: expected an object weight_map`);
  const tensors = new Map<string, TensorRef>();
  for (const shard of new Set(Object.values(map))) {
    if (typeof shard !== "string" || shard !== basename(shard) || !shard.endsWith(".safetensors")) {
      throw new CheckpointError(
        `${indexFile}: ${abbreviate(shard)} is not the name of a safetensors file in its folder`,
      );
    }
    for (const [name, ref] of (await openSafetensors(join(folder, shard))).tensors) {
      if (map[name] !== shard) throw new CheckpointError(`${shard} holds tensor ${name}, ${indexFile} says otherwise`);
      tensors.set(name, ref);
    }
  }
  const missing = Object.keys(map).find((name) => !tensors.has(name));
  if (missing !== undefined) {
    throw new CheckpointError(`${indexFile}: tensor ${missing} is not in ${abbreviate(map[missing])}`);
  }
  return tensors;
}

/** The real paths of the files of a folder, by name. @throws CheckpointError when one is a link to nothing. */
export async function realPaths(folder: string): Promise<Map<string, string>> {
  const paths = new Map<string, string>();
  for (const name of await listFolder(folder)) paths.set(name, await realFile(join(folder, name)));
  return paths;
}
