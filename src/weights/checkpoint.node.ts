/** Opening checkpoints on disk: a diffusers folder (or a snapshot in the Hugging Face cache), or one original file. */

import { stat } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { CheckpointError } from "../errors.ts";
import { type Checkpoint, type Component, requireComponent } from "./checkpoint.ts";
import { listFolder, openComponent, readJson, realPaths } from "./component.node.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import { fromSingleFile } from "./ldm.ts";
import { openSafetensors } from "./safetensors.node.ts";
import { PICKLE, pickleAdvice } from "./weight-files.ts";

export interface OpenCheckpointOptions {
  /** Weights to prefer, e.g. `fp16`. Components without it fall back to their plain weights. */
  readonly variant?: string;
  /** Open only these components. Default: every model in `model_index.json` but safety checker and image encoder. */
  readonly components?: readonly string[];
  /** Single files: use the UNet's averaged weights. Default `auto`: when the file has them. */
  readonly ema?: boolean | "auto";
  /** A tokenizer's folder, in place of the checkpoint's own; a single file has none. */
  readonly tokenizer?: string;
}

/** Entries of `model_index.json` that hold no weights, or none that an edit needs. */
const NOT_OPENED = /^(scheduler|tokenizer|feature_extractor|image_processor|image_encoder|safety_checker)/;

/**
 * Opens a checkpoint. Only configurations and headers are read, whatever its size.
 *
 * @throws CheckpointError when something is missing or malformed, or when the weights are Python pickles.
 */
export async function openCheckpoint(path: string, options: OpenCheckpointOptions = {}): Promise<Checkpoint> {
  const status = await stat(path).catch((error: Error) => {
    throw new CheckpointError(`${path}: expected a checkpoint's folder or file: ${error.message}`, { cause: error });
  });
  const checkpoint = status.isDirectory() ? await openFolder(path, options) : await openSingleFile(path, options);
  for (const name of options.components ?? []) requireComponent(checkpoint, name);
  if (options.tokenizer === undefined) return checkpoint;
  return { ...checkpoint, tokenizer: await openTokenizer(options.tokenizer) };
}

async function openSingleFile(path: string, options: OpenCheckpointOptions): Promise<Checkpoint> {
  if (PICKLE.test(path)) {
    const expected = `${basename(path, extname(path))}.safetensors or a folder with model_index.json`;
    throw new CheckpointError(pickleAdvice(path, expected));
  }
  const { tensors } = await openSafetensors(path);
  const checkpoint = fromSingleFile(tensors, path, { ema: options.ema });
  const wanted = options.components ?? [...checkpoint.components.keys()];
  const components = new Map([...checkpoint.components].filter(([name]) => wanted.includes(name)));
  return { ...checkpoint, components, tokenizer: undefined };
}

async function openFolder(path: string, options: OpenCheckpointOptions): Promise<Checkpoint> {
  const names = await listFolder(path);
  if (!names.includes("model_index.json")) throw new CheckpointError(`${path}: ${whyNoIndex(names)}`);
  const modelIndex = await readJson(join(path, "model_index.json"));
  const components = new Map<string, Component>();
  for (const [name, className] of models(modelIndex)) {
    if (!(options.components?.includes(name) ?? !NOT_OPENED.test(name))) continue;
    if (!names.includes(name))
      throw new CheckpointError(`${path}: model_index.json lists ${name}, expected its folder`);
    components.set(name, await openComponent(join(path, name), { variant: options.variant, name, className }));
  }
  const scheduler = join(path, "scheduler", "scheduler_config.json");
  return {
    kind: "diffusers",
    path,
    modelIndex,
    components,
    tokenizer: names.includes("tokenizer") ? await openTokenizer(join(path, "tokenizer")) : undefined,
    scheduler: names.includes("scheduler") ? await readJson(scheduler) : undefined,
    notes: variantNotes(path, [...components.values()], options.variant),
  };
}

/** The `[library, class]` entries of `model_index.json`; `[null, null]` stands for a part that is left out. */
function* models(modelIndex: JsonObject): Iterable<[name: string, className: string]> {
  for (const [name, entry] of Object.entries(modelIndex)) {
    const className: JsonValue | undefined = Array.isArray(entry) && entry.length === 2 ? entry[1] : undefined;
    if (typeof className === "string" && /^\w+$/.test(name)) yield [name, className];
  }
}

function variantNotes(path: string, components: readonly Component[], wanted: string | undefined): string[] {
  const others = components.filter(({ variant }) => variant !== wanted);
  if (wanted !== undefined && components.length > 0 && others.length === components.length) {
    throw new CheckpointError(`${path}: no component has the variant ${wanted}; open it without a variant`);
  }
  return others.map(({ name, variant }) =>
    variant === undefined
      ? `${name}: there is no variant ${wanted}, so the plain weights are used`
      : `${name}: there are no plain weights, so the variant ${variant} is used`,
  );
}

async function openTokenizer(folder: string): Promise<ReadonlyMap<string, string>> {
  const files = await realPaths(folder);
  if (!files.has("tokenizer.json") && !(files.has("vocab.json") && files.has("merges.txt"))) {
    throw new CheckpointError(`${folder}: expected tokenizer.json, or vocab.json and merges.txt`);
  }
  return files;
}

function whyNoIndex(names: readonly string[]): string {
  const expected = "expected model_index.json, as in a folder saved by diffusers";
  const file = names.find((name) => name.endsWith(".safetensors"));
  if (names.includes("snapshots")) return `${expected}; give one of the folders inside its snapshots/`;
  if (names.includes("config.json")) return `${expected}; this is one component, give the folder above it`;
  return file === undefined
    ? `${expected}; found ${names.slice(0, 5).join(", ")}`
    : `${expected}; or give the file ${file}`;
}
