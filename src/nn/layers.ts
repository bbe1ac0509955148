/** The layers models are made of. Each takes the scope of its parameters first; names and defaults as in PyTorch. */

import { conv, gemm } from "../graph/functions.ts";
import { constant, one, type Tensor } from "../graph/tensor.ts";
import type { Params } from "./params.ts";

/** Cross-correlation of [B, C, H, W] with `weight` [out, C, k, k] and `bias` [out]. Default kernel 3; default padding keeps the size if the kernel is odd. */
export function conv2d(
  p: Params,
  x: Tensor,
  channels: number,
  options: {
    kernel?: number;
    stride?: number;
    padding?: number | readonly [number, number, number, number];
    bias?: boolean;
  } = {},
): Tensor {
  const { kernel = 3, stride = 1, padding = Math.floor((kernel - 1) / 2), bias = true } = options;
  const weight = p.get("weight", [channels, x.shape[1], kernel, kernel]);
  return conv(x, weight, bias ? p.get("bias", [channels]) : undefined, { stride, padding });
}

/** x Wᵀ + b along the last axis, `weight` [features, in]. */
export function linear(p: Params, x: Tensor, features: number, options: { bias?: boolean } = {}): Tensor {
  const { bias = true } = options;
  const weight = p.get("weight", [features, x.shape[x.rank - 1]]);
  const rows = x.reshape([-1, x.shape[x.rank - 1]]);
  const product = gemm(rows, weight, bias ? p.get("bias", [features]) : undefined);
  return product.reshape([...x.shape.slice(0, -1), features]);
}

/**
 * Group normalisation of [B, C, …] (Wu & He 2018): statistics over C / groups channels and all positions, then per-channel
 * scale and shift. Spelled with InstanceNormalization, the one form that every engine runs fast.
 */
export function groupNorm(p: Params, x: Tensor, options: { groups?: number; eps?: number } = {}): Tensor {
  const { groups = 32, eps = 1e-5 } = options;
  const [batch, channels] = x.shape;
  const ones = constant(new Float32Array(groups).fill(1), [groups]);
  const none = constant(new Float32Array(groups), [groups]);
  const grouped = x.reshape([batch, groups, -1]);
  const standard = one("InstanceNormalization", [grouped, ones, none], { epsilon: eps }).reshape(x.shape);
  const perChannel = [channels, ...x.shape.slice(2).map(() => 1)];
  return standard
    .mul(p.get("weight", [channels]).reshape(perChannel))
    .add(p.get("bias", [channels]).reshape(perChannel));
}

/** Layer normalisation over the last axis (Ba et al. 2016). */
export function layerNorm(p: Params, x: Tensor, options: { eps?: number } = {}): Tensor {
  const { eps = 1e-5 } = options;
  const width = x.shape[x.rank - 1];
  return one("LayerNormalization", [x, p.get("weight", [width]), p.get("bias", [width])], { axis: -1, epsilon: eps });
}

/** Rows of `weight` [count, width] by int32 indices. */
export function embedding(p: Params, indices: Tensor, count: number, width: number): Tensor {
  return p.get("weight", [count, width]).gather(indices);
}

/** The nonlinearities checkpoints name in `act_fn` and `hidden_act`. */
export const activations: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  silu: (x) => x.silu(),
  swish: (x) => x.silu(),
  gelu: (x) => x.gelu(),
  quick_gelu: (x) => x.quickGelu(),
  relu: (x) => x.relu(),
};
