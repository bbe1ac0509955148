/** What a LoRA file is, in words and as JSON. */

import { existsSync, statSync } from "node:fs";
import { type DType, elements } from "../ndarray.ts";
import type { Lora } from "../weights/lora.ts";
import type { LoraComponent } from "../weights/lora-keys.ts";
import type { TensorRef } from "../weights/tensor-ref.ts";
import { aligned, count } from "./info-checkpoint.ts";
import { bytes } from "./progress-text.ts";

/** A file that is a LoRA, or of a method like it. @throws CheckpointError when it is malformed or not supported */
export async function openIfLora(path: string): Promise<Lora | undefined> {
  if (!/\.safetensors$/i.test(path) || !existsSync(path) || !statSync(path).isFile()) return undefined;
  const [{ openSafetensors }, { isLora }, { openLora }] = await Promise.all([
    import("../weights/safetensors.node.ts"),
    import("../weights/lora-keys.ts"),
    import("../weights/lora.node.ts"),
  ]);
  const { tensors } = await openSafetensors(path);
  return isLora(tensors.keys()) ? await openLora(path) : undefined;
}

/** The tensors of a LoRA, less its alphas. */
export function tensorsOf({ modules }: Pick<Lora, "modules">): readonly TensorRef[] {
  return modules.flatMap(({ down, up }) => [down, up]);
}

interface Part {
  readonly name: LoraComponent;
  readonly modules: number;
  readonly ranks: readonly number[];
  readonly alphas: readonly number[];
  readonly parameters: number;
  readonly bytes: number;
  readonly dtypes: readonly DType[];
}

function partsOf({ modules }: Lora): Part[] {
  return (["unet", "text_encoder"] as const).flatMap((name) => {
    const own = modules.filter(({ component }) => component === name);
    const refs = tensorsOf({ modules: own });
    const part: Part = {
      name,
      modules: own.length,
      ranks: distinct(own.map(({ rank }) => rank)),
      alphas: distinct(own.map(({ alpha }) => alpha)),
      parameters: refs.reduce((total, { shape }) => total + elements(shape), 0),
      bytes: refs.reduce((total, { length }) => total + length, 0),
      dtypes: [...new Set(refs.map(({ dtype }) => dtype))],
    };
    return own.length === 0 ? [] : [part];
  });
}

function distinct(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

/** Everything about the file. */
export function loraDocument(lora: Lora): object {
  return { type: "lora", path: lora.path, layouts: lora.layouts, components: partsOf(lora) };
}

/** The same as a page. */
export function loraText(lora: Lora): string {
  const parts = partsOf(lora);
  const rows = parts.map((part) => [
    part.name,
    `${part.modules} modules of rank ${range(part.ranks)}, alpha ${range(part.alphas)}`,
    count(part.parameters),
    part.dtypes.join(" + "),
    bytes(part.bytes),
  ]);
  const title = `${lora.path}: LoRA for ${parts.map(({ name }) => name).join(" and ")}, in the layout of`;
  const hint = `ip2p edit --lora ${lora.path} applies it, ${lora.path}:0.5 half as strongly`;
  return `${[`${title} ${lora.layouts.join(" and ")}`, "", ...aligned(rows), "", hint].join("\n")}\n`;
}

function range(values: readonly number[]): string {
  const [first, last] = [values[0], values[values.length - 1]].map((value) => String(Math.round(value * 1e4) / 1e4));
  return first === last ? first : `${first} to ${last}`;
}
