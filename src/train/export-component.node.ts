/** Trained networks as the components of a checkpoint: a folder with `config.json` and weights. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { JsonObject } from "../weights/json.ts";
import { type TensorToWrite, writeSafetensors } from "../weights/safetensors.node.ts";
import { bytesFromFloats } from "../weights/tensor-bytes.ts";
import type { Trained } from "./recipe.ts";

export interface WrittenComponent {
  /** As in `model_index.json`. */
  readonly name: string;
  readonly config: JsonObject;
  readonly tensors: readonly TensorToWrite[];
}

/** transformers does not open files that do not say what wrote them. */
const METADATA = new Map([["format", "pt"]]);

/** The name of a component's weights: diffusers writes its class into a configuration, transformers does not. */
export function weightsFile(config: JsonObject): string {
  return `${config._class_name === undefined ? "model" : "diffusion_pytorch_model"}.safetensors`;
}

/** Writes `folder/name`, as diffusers and transformers lay it out. The folder is one that nobody looks at yet. */
export async function writeComponent(folder: string, { name, config, tensors }: WrittenComponent): Promise<void> {
  const inner = join(folder, name);
  await mkdir(inner);
  await writeJson(join(inner, "config.json"), config);
  await writeWeights(join(inner, weightsFile(config)), tensors);
}

export function writeWeights(path: string, tensors: readonly TensorToWrite[]): Promise<void> {
  return writeSafetensors(path, tensors, { metadata: METADATA });
}

/** Writes JSON as Python's tools do and read it: two spaces, infinities as bare words, a final newline. */
export async function writeJson(path: string, value: object): Promise<void> {
  const spelled = (_: string, entry: unknown) =>
    typeof entry === "number" && !Number.isFinite(entry) ? `<${entry}>` : entry;
  const text = JSON.stringify(value, spelled, 2).replace(/"<(-?Infinity|NaN)>"/g, "$1");
  await writeFile(path, `${text}\n`, { flush: true });
}

/** What is trained under `scope`, read from the engine one by one. */
export function trainedTensors(trained: Trained, scope: string): TensorToWrite[] {
  return [...trained.shapes]
    .filter(([path]) => path.startsWith(`${scope}.`))
    .map(([path, shape]) => ({
      name: path.slice(scope.length + 1),
      dtype: "float32",
      shape,
      data: async () => bytesFromFloats((await trained.read(path)).data, "float32"),
    }));
}
