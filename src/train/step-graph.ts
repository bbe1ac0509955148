/** One training step as a graph: forward, backward, clipping, AdamW and the moving average. */

import { grad } from "../graph/grad.ts";
import type { Graph } from "../graph/graph.ts";
import { input, type Tensor } from "../graph/tensor.ts";
import { type ParameterStore, Params } from "../nn/params.ts";
import { type AdamWOptions, adamwUpdate, averaged, type ParameterState, scalarInputs } from "./adamw.ts";
import { type Row, rowsOf } from "./parameter-rows.ts";
import { type Slot, stateName, trainableStore } from "./trainable-store.ts";

/** The loss of one micro-batch and what else is worth knowing about it, scalars all. */
export interface Loss {
  readonly loss: Tensor;
  readonly metrics?: Readonly<Record<string, Tensor>>;
}

/** Builds the loss from parameters; everything else it needs is a graph input. */
export type LossBuilder = (p: Params) => Loss;

export interface StepOptions {
  readonly adamw: Required<AdamWOptions>;
  /** Largest global norm of the gradients; larger ones are scaled down to it. Absent: none. */
  readonly maxGradNorm?: number;
  /** Whether a moving average of the weights is kept. */
  readonly ema: boolean;
  /** Parameters that are not trained. */
  readonly frozen?: ParameterStore;
}

/** A graph with the names its outputs take in the engine's state. Outputs without one are results. */
export interface KeptGraph extends Graph {
  readonly keep: Readonly<Record<string, string>>;
}

/** Shapes of the trainable parameters, by path, in the order in which the model asks for them. */
export function parameterShapes(build: LossBuilder, frozen?: ParameterStore): ReadonlyMap<string, readonly number[]> {
  const store = trainableStore(frozen);
  build(new Params(store));
  return new Map([...store.parameters].map(([path, { shape }]) => [path, shape]));
}

/**
 * Everything in one graph: the loss of a micro-batch, its gradients, the update. What a step is unless gradients are
 * accumulated. With `maxGradNorm`, nothing reads a weight once its update is computed.
 */
export function wholeStep(build: LossBuilder, options: StepOptions): KeptGraph {
  const { parameters, loss, metrics, gradients } = differentiated(build, options);
  const rows = rowsOf(parameters, gradients);
  const norm = globalNorm(rows.map(({ gradient }) => gradient));
  const scale = clipScale(after(norm, [loss, ...Object.values(metrics)]), options.maxGradNorm);
  return kept({ loss, grad_norm: norm, ...metrics }, updates(rows, scale, options));
}

/**
 * The gradients of a micro-batch added to those of earlier ones, which the state holds. Fed with `accumulate/keep` 0 it
 * begins anew, so nothing has to be cleared. `accumulate/share` is the micro-batch's part of the whole batch.
 *
 * @param average also moves the average of weights, as the original does after every micro-batch. After the last one the
 *   weights have been updated: then `adamw/ema_rate` is 0 here, and the update moves the average.
 */
export function accumulateStep(build: LossBuilder, options: StepOptions, average: boolean): KeptGraph {
  const { parameters, loss, metrics, gradients } = differentiated(build, options);
  const keep = input("accumulate/keep", []);
  const share = input("accumulate/share", []);
  const scalars = scalarInputs();
  const next: Record<string, Tensor> = {};
  for (const [i, [path, weight]] of [...parameters].entries()) {
    const sum = input(stateName("gradient", path), weight.shape);
    next[stateName("gradient", path)] = sum.mul(keep).add(gradients[i].mul(share));
    if (average && options.ema) {
      next[stateName("ema", path)] = averaged(input(stateName("ema", path), weight.shape), weight, scalars);
    }
  }
  return kept({ loss, ...metrics }, next);
}

/** The norm of the accumulated gradients of all parameters. */
export function normStep(shapes: ReadonlyMap<string, readonly number[]>): Graph {
  return {
    outputs: { grad_norm: globalNorm([...shapes].map(([path, shape]) => input(stateName("gradient", path), shape))) },
  };
}

/**
 * The update of some parameters by their accumulated gradients times `clip`. Very large models are updated in groups, as
 * a graph's old and new state are in memory together.
 */
export function updateStep(shapes: ReadonlyMap<string, readonly number[]>, options: StepOptions): KeptGraph {
  const clip = input("clip", []);
  const held = (slot: "weight" | "gradient") =>
    [...shapes].map(([path, shape]) => [path, input(stateName(slot, path), shape)] as const);
  const gradients = held("gradient").map(([, gradient]) => gradient);
  return kept({}, updates(rowsOf(new Map(held("weight")), gradients), clip, options));
}

function differentiated(build: LossBuilder, { frozen }: StepOptions) {
  const store = trainableStore(frozen);
  const { loss, metrics = {} } = build(new Params(store));
  const { parameters } = store;
  return { parameters, loss, metrics, gradients: grad(loss, [...parameters.values()]) };
}

/** ‖g‖₂ over all gradients together. */
function globalNorm(gradients: readonly Tensor[]): Tensor {
  const squares = gradients.map((g) => g.mul(g).sum());
  return squares.reduce((sum, square) => sum.add(square)).sqrt();
}

/** What gradients are multiplied by so that their global norm is at most `max`, as PyTorch's `clip_grad_norm_`. */
function clipScale(norm: Tensor, max: number | undefined): Tensor | undefined {
  return max === undefined ? undefined : norm.add(1e-6).reciprocal().mul(max).minimum(1);
}

/** `value`, computed once all of the scalars `others` are: whatever led to them has been read by then. */
function after(value: Tensor, others: readonly Tensor[]): Tensor {
  return others.reduce((sum, other) => sum.add(other.minimum(0).maximum(0)), value);
}

/** New state by name. */
function updates(rows: readonly Row[], scale: Tensor | undefined, { adamw, ema }: StepOptions): Record<string, Tensor> {
  const scalars = scalarInputs();
  const next: Record<string, Tensor> = {};
  for (const row of rows) {
    const held = (slot: Slot) => row.joined((path, shape) => input(stateName(slot, path), shape));
    const state: ParameterState = {
      weight: row.weight,
      moment1: held("moment1"),
      moment2: held("moment2"),
      ema: ema ? held("ema") : undefined,
    };
    const gradient = scale === undefined ? row.gradient : row.gradient.mul(scale);
    const updated = adamwUpdate(state, gradient, scalars, adamw);
    for (const slot of ["weight", "moment1", "moment2", "ema"] as const) {
      const value = updated[slot];
      if (value === undefined) continue;
      for (const [path, part] of row.apart(value)) next[stateName(slot, path)] = part;
    }
  }
  return next;
}

/** Results, and new state under names of their own: a graph's outputs must not be called as its inputs are. */
function kept(results: Readonly<Record<string, Tensor>>, next: Readonly<Record<string, Tensor>>): KeptGraph {
  const renamed = Object.entries(next).map(([name, value]) => [`next/${name}`, value] as const);
  return {
    outputs: { ...results, ...Object.fromEntries(renamed) },
    keep: Object.fromEntries(Object.keys(next).map((name) => [`next/${name}`, name])),
  };
}
