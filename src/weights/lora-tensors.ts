/** A LoRA as tensors to be saved, in the layouts that other tools read. */

import type { NdArray } from "../ndarray.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import { ADAPTER_METADATA } from "./lora.ts";
import { type LoraComponent, type LoraLayout, loraKey } from "./lora-keys.ts";

/** The change of one module by alpha / rank · up · down. */
export interface LoraWeights {
  readonly component: LoraComponent;
  /** As in the model: `mid_block.attentions.0.proj_in`. */
  readonly path: string;
  /** [rank, in] or, of a convolution, [rank, in, k, k]. */
  readonly down: NdArray<Float32Array>;
  /** [out, rank] or [out, rank, 1, 1]. */
  readonly up: NdArray<Float32Array>;
  readonly alpha: number;
}

/** What a safetensors file is to hold. */
export interface LoraTensors {
  readonly tensors: ReadonlyMap<string, NdArray<Float32Array>>;
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * The tensors and the metadata of a LoRA file.
 *
 * Alphas are tensors in kohya's layout; in diffusers' and peft's they are in the metadata, where diffusers looks for them.
 * Web UIs read `kohya`, diffusers reads all three.
 */
export function loraTensors(
  modules: readonly LoraWeights[],
  layout: Exclude<LoraLayout, "attention-processors">,
): LoraTensors {
  const tensors = new Map<string, NdArray<Float32Array>>();
  for (const { component, path, down, up, alpha } of modules) {
    tensors.set(loraKey(layout, { component, path, role: "down" }), down);
    tensors.set(loraKey(layout, { component, path, role: "up" }), up);
    if (layout !== "kohya") continue;
    const name = loraKey(layout, { component, path, role: "alpha" });
    tensors.set(name, { shape: [], data: Float32Array.of(alpha) });
  }
  const metadata = new Map([["format", "pt"]]);
  if (layout !== "kohya") metadata.set(ADAPTER_METADATA, JSON.stringify(adapterMetadata(modules), undefined, 2));
  return { tensors, metadata };
}

/** peft's configuration of each component: the usual rank and alpha, and the modules that have others. */
function adapterMetadata(modules: readonly LoraWeights[]): JsonObject {
  const metadata: Record<string, JsonValue> = {};
  for (const component of new Set(modules.map((module) => module.component))) {
    const own = modules.filter((module) => module.component === component);
    const ranks = new Map(own.map(({ path, down }) => [path, down.shape[0]]));
    const alphas = new Map(own.map(({ path, alpha }) => [path, alpha]));
    const [r, alpha] = [mostFrequent(ranks.values()), mostFrequent(alphas.values())];
    metadata[`${component}.peft_type`] = "LORA";
    metadata[`${component}.r`] = r;
    metadata[`${component}.lora_alpha`] = alpha;
    metadata[`${component}.rank_pattern`] = others(ranks, r);
    metadata[`${component}.alpha_pattern`] = others(alphas, alpha);
    metadata[`${component}.target_modules`] = [...ranks.keys()];
  }
  return metadata;
}

function mostFrequent(values: Iterable<number>): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}

function others(values: ReadonlyMap<string, number>, usual: number): Record<string, number> {
  return Object.fromEntries([...values].filter(([, value]) => value !== usual));
}
