/** Low-rank changes to be trained: which modules, which tensors, what they start from, and what is saved of them. */

import { invariant, UsageError } from "../errors.ts";
import { input } from "../graph/tensor.ts";
import { elements, type NdArray, ndarray, zeros } from "../ndarray.ts";
import type { Random } from "../random.ts";
import type { LoraComponent } from "../weights/lora-keys.ts";
import type { LoraWeights } from "../weights/lora-tensors.ts";
import type { TensorIndex } from "../weights/tensor-ref.ts";
import { type LowRankChange, lowRankStore } from "./lora-store.ts";
import type { ParameterStore } from "./params.ts";

/** Shapes of the weights that are changed, by the path of their module. */
export type LoraTargets = ReadonlyMap<string, readonly number[]>;

/** The projections of every attention: what diffusers' training scripts change. */
export const ATTENTION_PROJECTIONS: readonly string[] = ["to_q", "to_k", "to_v", "to_out.0"];

/**
 * The modules that are meant by `targets`: each the end of a path (`to_q`, `ff.net.0.proj`) or a whole one, in which `*`
 * stands for any run of characters (`down_blocks.*.attn2.to_*`).
 *
 * @throws UsageError for a target that names no module with a matrix or a convolution.
 */
export function loraTargets(tensors: TensorIndex, targets: readonly string[] = ATTENTION_PROJECTIONS): LoraTargets {
  const found = new Map<string, readonly number[]>();
  const met = new Set<string>();
  for (const { name, shape } of tensors.values()) {
    if (!name.endsWith(".weight") || (shape.length !== 2 && shape.length !== 4) || isEmbedding(name)) continue;
    const path = name.slice(0, -".weight".length);
    const hits = targets.filter((target) => matches(path, target));
    for (const target of hits) met.add(target);
    if (hits.length > 0) found.set(path, shape);
  }
  const unmet = targets.filter((target) => !met.has(target));
  if (unmet.length > 0) {
    throw new UsageError(
      `LoRA targets: no module is called ${unmet.join(", ")}; expected ends of paths such as to_q or ff.net.0.proj`,
    );
  }
  return found;
}

/** Embeddings are tables, not matrices that multiply. */
function isEmbedding(name: string): boolean {
  return /\.(token|position)_embedding\.weight$/.test(name);
}

/** Whether the path, or what follows one of its dots, is of the form `target`. */
function matches(path: string, target: string): boolean {
  const [first, ...rest] = `*.${target}`.split("*");
  const last = rest.pop() ?? "";
  const dotted = `.${path}`;
  let at = first.length;
  for (const part of rest) {
    const found = dotted.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return dotted.endsWith(last) && dotted.length - last.length >= at;
}

/** A tensor to be trained. */
export interface LoraParameter {
  /** peft's name: `mid_block.attentions.0.proj_in.lora_A.weight` or `….lora_B.weight`. */
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * The trainable tensors of each module: A, `….lora_A.weight` [rank, in, …], and B, `….lora_B.weight` [out, rank] or, of a
 * convolution, [out, rank, 1, 1].
 *
 * @throws UsageError when the rank is no positive integer.
 */
export function loraParameters(targets: LoraTargets, { rank }: { rank: number }): readonly LoraParameter[] {
  if (!Number.isInteger(rank) || rank < 1) throw new UsageError(`LoRA: a rank is a positive integer, got ${rank}`);
  return [...targets].flatMap(([path, [out, ...inner]]) => [
    { name: downName(path), shape: [rank, ...inner] },
    { name: upName(path), shape: [out, rank, ...inner.slice(1).map(() => 1)] },
  ]);
}

function downName(path: string): string {
  return `${path}.lora_A.weight`;
}

function upName(path: string): string {
  return `${path}.lora_B.weight`;
}

/**
 * - `gaussian`: A from N(0, 1 / rank²), as diffusers' scripts have it;
 * - `kaiming-uniform`: A from U(−1 / √fan-in, 1 / √fan-in), peft's default.
 */
export type LoraInit = "gaussian" | "kaiming-uniform";

/** First values: A random, B zero, so that training starts from the base model. */
export function initialLora(
  parameters: readonly LoraParameter[],
  { random, init = "gaussian" }: { random: Random; init?: LoraInit },
): Record<string, NdArray<Float32Array>> {
  const isDown = ({ name }: LoraParameter) => name.endsWith(".lora_A.weight");
  const values = ({ shape }: LoraParameter) => {
    const [rank, ...inner] = shape;
    if (init === "gaussian") return random.normal(elements(shape)).map((value) => value / rank);
    const bound = 1 / Math.sqrt(elements(inner));
    return Float32Array.from({ length: elements(shape) }, () => (2 * random.uniform() - 1) * bound);
  };
  return Object.fromEntries(
    parameters.map((parameter) => [
      parameter.name,
      isDown(parameter) ? ndarray(values(parameter), parameter.shape) : zeros(parameter.shape),
    ]),
  );
}

/**
 * A store in which the targets are changed by tensors that are inputs of the graph, named as {@link loraParameters} names
 * them, and everything is otherwise as in `base`.
 *
 * @param options alpha: the change is alpha / rank · B · A; default the rank
 */
export function trainableLora(
  base: ParameterStore,
  targets: LoraTargets,
  { rank, alpha = rank }: { rank: number; alpha?: number },
): ParameterStore {
  const inputs = new Map(loraParameters(targets, { rank }).map(({ name, shape }) => [name, input(name, shape)]));
  const find = (name: string) => {
    const found = inputs.get(name);
    invariant(found, `no input ${name}`);
    return found;
  };
  const change = (path: string): LowRankChange => ({
    down: find(downName(path)),
    up: find(upName(path)),
    factor: alpha / rank,
  });
  return lowRankStore(base, new Map([...targets.keys()].map((path) => [path, [change(path)]])));
}

/** Trained values as what is saved: see `loraTensors`. */
export function trainedLora(
  values: Readonly<Record<string, NdArray<Float32Array>>>,
  targets: LoraTargets,
  { component, alpha }: { component: LoraComponent; alpha: number },
): readonly LoraWeights[] {
  return [...targets.keys()].map((path) => {
    const [down, up] = [values[downName(path)], values[upName(path)]];
    invariant(down && up, `no values for ${path}`);
    return { component, path, down, up, alpha };
  });
}
