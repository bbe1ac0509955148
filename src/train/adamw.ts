/** AdamW (Loshchilov & Hutter 2019, algorithm 2) and the moving average of weights, as graph expressions. */

import { input, type Tensor } from "../graph/tensor.ts";
import type { Arrays } from "../runtime/runtime.ts";

export interface AdamWOptions {
  /** Decay rates of the moments, β₁ and β₂. Default 0.9 and 0.999. */
  readonly betas?: readonly [number, number];
  /** Default 1e-8. */
  readonly eps?: number;
  /** Decoupled weight decay λ; a step multiplies weights by 1 − learningRate · λ. Default 0.01. */
  readonly weightDecay?: number;
}

export const ADAMW_DEFAULTS: Required<AdamWOptions> = { betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0.01 };

/** What one parameter carries from step to step. `ema` only when an average is wanted. */
export interface ParameterState {
  readonly weight: Tensor;
  readonly moment1: Tensor;
  readonly moment2: Tensor;
  readonly ema?: Tensor;
}

/** The numbers that change from step to step, as scalar inputs of the graph. See `stepScalars`. */
export interface StepScalars {
  readonly keep: Tensor;
  readonly stepSize: Tensor;
  readonly eps: Tensor;
  readonly emaRate: Tensor;
}

export function scalarInputs(): StepScalars {
  return {
    keep: input("adamw/keep", []),
    stepSize: input("adamw/step_size", []),
    eps: input("adamw/eps", []),
    emaRate: input("adamw/ema_rate", []),
  };
}

/**
 * Values of the scalar inputs at the `step`-th update, counted from 1.
 *
 * @param emaDecay d of ema ← d · ema + (1 − d) · weight; 1 leaves the average as it is.
 */
export function stepScalars(
  step: number,
  learningRate: number,
  emaDecay: number,
  options: Required<AdamWOptions>,
): Arrays {
  const [beta1, beta2] = options.betas;
  const scalar = (value: number) => ({ shape: [], data: Float32Array.of(value) });
  // The moments are held without their factors 1 − β (see `adamwUpdate`), which are put back here; that of the root is
  // taken out of the fraction.
  const root = Math.sqrt((1 - beta2) / (1 - beta2 ** step));
  return {
    "adamw/keep": scalar(1 - learningRate * options.weightDecay),
    "adamw/step_size": scalar((learningRate * (1 - beta1)) / (1 - beta1 ** step) / root),
    "adamw/eps": scalar(options.eps / root),
    "adamw/ema_rate": scalar(1 - emaDecay),
  };
}

/**
 * One update of one parameter.
 *
 * The moments are held as m / (1 − β₁) and v / (1 − β₂), which saves two passes over the weights: m ← β₁ m + g.
 */
export function adamwUpdate(
  state: ParameterState,
  gradient: Tensor,
  scalars: StepScalars,
  options: Required<AdamWOptions>,
): ParameterState {
  const [beta1, beta2] = options.betas;
  const moment1 = state.moment1.mul(beta1).add(gradient);
  const moment2 = state.moment2.mul(beta2).add(gradient.mul(gradient));
  const root = moment2.sqrt().add(scalars.eps);
  const kept = options.weightDecay === 0 ? state.weight : state.weight.mul(scalars.keep);
  const weight = kept.sub(moment1.div(root).mul(scalars.stepSize));
  return { weight, moment1, moment2, ema: state.ema && averaged(state.ema, weight, scalars) };
}

/** ema − (1 − d) (ema − weight). */
export function averaged(ema: Tensor, weight: Tensor, { emaRate }: Pick<StepScalars, "emaRate">): Tensor {
  return ema.sub(ema.sub(weight).mul(emaRate));
}
