/** Opening a diffusers folder, wherever it lies. */

import { CheckpointError } from "../errors.ts";
import type { Checkpoint, Component } from "./checkpoint.ts";
import { type CheckpointSource, readJson, within } from "./checkpoint-source.ts";
import { openComponentFolder } from "./component-folder.ts";
import type { JsonObject, JsonValue } from "./json.ts";

export interface CheckpointFolderOptions {
  /** Weights to prefer, e.g. `fp16`. Components without it fall back to their plain weights. */
  readonly variant?: string;
  /** Open only these components. Default: every model in `model_index.json` but safety checker and image encoder. */
  readonly components?: readonly string[];
}

/** Entries of `model_index.json` that hold no weights, or none that an edit needs. */
const NOT_OPENED = /^(scheduler|tokenizer|feature_extractor|image_processor|image_encoder|safety_checker)/;

/**
 * Opens a checkpoint. Only configurations and headers are read, whatever its size.
 *
 * @throws CheckpointError when something is missing or malformed, or when the weights are Python pickles.
 */
export async function openCheckpointFolder(
  source: CheckpointSource,
  options: CheckpointFolderOptions = {},
): Promise<Checkpoint> {
  const path = source.place("");
  const names = await source.list("");
  if (!names.includes("model_index.json")) throw new CheckpointError(`${path}: ${whyNoIndex(names)}`);
  const modelIndex = await readJson(source, "model_index.json");
  const components = new Map<string, Component>();
  for (const [name, className] of models(modelIndex)) {
    if (!(options.components?.includes(name) ?? !NOT_OPENED.test(name))) continue;
    if (!names.includes(name))
      throw new CheckpointError(`${path}: model_index.json lists ${name}, expected its folder`);
    components.set(name, await openComponentFolder(source, name, { variant: options.variant, name, className }));
  }
  return {
    kind: "diffusers",
    path,
    modelIndex,
    components,
    tokenizer: names.includes("tokenizer") ? await locateTokenizer(source, "tokenizer") : undefined,
    scheduler: names.includes("scheduler") ? await readJson(source, "scheduler/scheduler_config.json") : undefined,
    notes: variantNotes(path, [...components.values()], options.variant),
  };
}

/** The files of a tokenizer's folder by name, as the source locates them. @throws CheckpointError when they are not enough. */
export async function locateTokenizer(source: CheckpointSource, folder: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const name of await source.list(folder)) files.set(name, await source.locate(within(folder, name)));
  if (!files.has("tokenizer.json") && !(files.has("vocab.json") && files.has("merges.txt"))) {
    throw new CheckpointError(`${source.place(folder)}: expected tokenizer.json, or vocab.json and merges.txt`);
  }
  return files;
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

function whyNoIndex(names: readonly string[]): string {
  const expected = "expected model_index.json, as in a folder saved by diffusers";
  const file = names.find((name) => name.endsWith(".safetensors"));
  if (names.includes("snapshots")) return `${expected}; give one of the folders inside its snapshots/`;
  if (names.includes("config.json")) return `${expected}; this is one component, give the folder above it`;
  return file === undefined
    ? `${expected}; found ${names.slice(0, 5).join(", ")}`
    : `${expected}; or give the file ${file}`;
}
