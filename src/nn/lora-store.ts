/** Parameters with low-rank changes (Hu et al. 2021): W + Σ factor · up · down, wherever the three come from. */

import { invariant } from "../errors.ts";
import { concat, one, type Tensor, weight } from "../graph/tensor.ts";
import type { Lora } from "../weights/lora.ts";
import type { LoraComponent } from "../weights/lora-keys.ts";
import type { TensorRef } from "../weights/tensor-ref.ts";
import type { ParameterStore } from "./params.ts";

/** A change of one weight by factor · up · down. */
export interface LowRankChange {
  /** float32 [rank, in, …]; fewer inputs than the weight has stand for its first ones. */
  readonly down: Tensor;
  /** float32 [out, rank, …], further extents 1. */
  readonly up: Tensor;
  readonly factor: number;
}

/** A LoRA that fits the model (see `fitLora`), and how strongly it applies. */
export interface ScaledLora {
  readonly lora: Lora;
  /** 1: as trained; 0: not at all. */
  readonly scale: number;
}

/** The parameters of a component with the changes of LoRA files, which stay where they are. */
export function loraStore(
  base: ParameterStore,
  component: LoraComponent,
  loras: readonly ScaledLora[],
): ParameterStore {
  const changes = new Map<string, LowRankChange[]>();
  for (const { lora, scale } of loras) {
    const own = lora.modules.filter((module) => module.component === component);
    for (const { path, down, up, alpha, rank } of own) {
      const change = { down: stored(down), up: stored(up), factor: (scale * alpha) / rank };
      changes.set(path, [...(changes.get(path) ?? []), change]);
    }
  }
  return lowRankStore(base, changes);
}

/**
 * A store in which the weights of modules are changed.
 *
 * @param changes by the path of the module, whose parameter `weight` is meant. All must be of modules that `base` has.
 */
export function lowRankStore(
  base: ParameterStore,
  changes: ReadonlyMap<string, readonly LowRankChange[]>,
): ParameterStore {
  const byParameter = new Map([...changes].map(([path, list]) => [`${path}.weight`, list]));
  for (const path of byParameter.keys())
    invariant(base.has(path), `a change of ${path}, which the model does not have`);
  return {
    has: (path) => base.has(path),
    parameter(path, shape) {
      const value = base.parameter(path, shape);
      const list = byParameter.get(path) ?? [];
      return list.length === 0 ? value : changed(value, list);
    },
  };
}

/** W + Σ factor · up · down in one operation: the ups side by side, the downs above each other. */
function changed(value: Tensor, changes: readonly LowRankChange[]): Tensor {
  const { shape } = value;
  const rows = (x: Tensor) => x.reshape([x.shape[0], -1]);
  const ups = changes.map(({ up, factor }) => scaled(rows(up), factor));
  const downs = changes.map(({ down }) => rows(widened(down, shape)));
  const sum = one("Gemm", [concat(ups, 1), concat(downs, 0), rows(value)], { transA: 0, transB: 0 });
  return sum.reshape(shape);
}

function scaled(up: Tensor, factor: number): Tensor {
  return factor === 1 ? up : up.mul(factor);
}

/** Zeros for inputs that a change does not know. */
function widened(down: Tensor, shape: readonly number[]): Tensor {
  const missing = shape[1] - down.shape[1];
  const none = down.shape.map(() => 0);
  return missing === 0 ? down : down.pad(none, none.with(1, missing));
}

function stored(ref: TensorRef): Tensor {
  return weight(ref.name, ref.dtype, ref.shape, ref).cast("float32");
}
