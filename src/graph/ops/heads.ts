/** Attention spelled out: heads as an axis of their own, scores, probabilities. */

import { constant, type Tensor } from "../tensor.ts";

/** [B, S, heads · D] → [B, heads, S, D]. */
export function splitHeads(x: Tensor, heads: number): Tensor {
  const [batch, length, width] = x.shape;
  return x.reshape([batch, length, heads, width / heads]).transpose([0, 2, 1, 3]);
}

/** [B, heads, S, D] → [B, S, heads · D]. */
export function joinHeads(x: Tensor): Tensor {
  const [batch, heads, length, depth] = x.shape;
  return x.transpose([0, 2, 1, 3]).reshape([batch, length, heads * depth]);
}

/** softmax(scale · q kᵀ) for q [B, heads, S, D], k [B, heads, L, D]: [B, heads, S, L]. `causal` hides later keys. */
export function attentionProbabilities(q: Tensor, k: Tensor, options: { scale: number; causal: boolean }): Tensor {
  const { scale, causal } = options;
  const scores = q.matmul(k, { transB: true, alpha: scale });
  return (causal ? scores.add(causalMask(q.shape[2])) : scores).softmax();
}

/** 0 on and below the diagonal, −10⁹ above it: each query sees itself and what came before. */
function causalMask(length: number): Tensor {
  const data = new Float32Array(length * length);
  for (let row = 0; row < length; row++) data.fill(-1e9, row * length + row + 1, (row + 1) * length);
  return constant(data, [length, length]);
}
