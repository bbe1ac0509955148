/** Multi-head attention and the transformer blocks of the UNet. */

import { attention, gemm } from "../graph/functions.ts";
import { concat, type Tensor } from "../graph/tensor.ts";
import { layerNorm, linear } from "./layers.ts";
import type { Params } from "./params.ts";

/**
 * Rows of a feed-forward computed at a time. Its hidden layer is eight times as wide as its input; a block of this many
 * rows keeps it in the cache (measured: see docs/log.md, "GEGLU in row blocks").
 */
const FEED_FORWARD_ROWS = 512;

/** Attention of x [B, S, C] over `context` [B, L, D] (default x itself), with diffusers' parameter names. */
export function attentionLayer(
  p: Params,
  x: Tensor,
  options: { heads: number; context?: Tensor; bias?: boolean },
): Tensor {
  const { heads, context = x, bias = false } = options;
  const width = x.shape[2];
  const query = linear(p.at("to_q"), x, width, { bias });
  const key = linear(p.at("to_k"), context, width, { bias });
  const value = linear(p.at("to_v"), context, width, { bias });
  return linear(p.at("to_out", 0), attention(query, key, value, { heads }), width);
}

/** GEGLU feed-forward (Shazeer 2020) of [B, S, C]: (value · GELU(gate)) W, where `net.0.proj` holds value over gate. */
export function feedForward(p: Params, x: Tensor): Tensor {
  const width = x.shape[2];
  const hidden = 4 * width;
  const weight = p.at("net", 0, "proj").get("weight", [2 * hidden, width]);
  const bias = p.at("net", 0, "proj").get("bias", [2 * hidden]);
  const half = (t: Tensor, i: number) => t.slice(0, i * hidden, (i + 1) * hidden);
  const rows = x.reshape([-1, width]);
  const blocks: Tensor[] = [];
  for (let at = 0; at < rows.shape[0]; at += FEED_FORWARD_ROWS) {
    const end = Math.min(at + FEED_FORWARD_ROWS, rows.shape[0]);
    const block = rows.shape[0] <= FEED_FORWARD_ROWS ? rows : rows.slice(0, at, end);
    const value = gemm(block, half(weight, 0), half(bias, 0));
    const gate = gemm(block, half(weight, 1), half(bias, 1)).gelu();
    blocks.push(linear(p.at("net", 2), value.mul(gate), width));
  }
  return concat(blocks, 0).reshape(x.shape);
}

/**
 * Self-attention, cross-attention to `text` [B, L, D], feed-forward; each behind a LayerNorm and a residual.
 *
 * @param spread brings x from one row a sample to one row a text, if they are not one to one
 */
export function transformerBlock(
  p: Params,
  x: Tensor,
  options: { text: Tensor; heads: number; spread?: (x: Tensor) => Tensor },
): Tensor {
  const { text, heads, spread = (rows) => rows } = options;
  let h = spread(x.add(attentionLayer(p.at("attn1"), layerNorm(p.at("norm1"), x), { heads })));
  h = h.add(attentionLayer(p.at("attn2"), layerNorm(p.at("norm2"), h), { heads, context: text }));
  return h.add(feedForward(p.at("ff"), layerNorm(p.at("norm3"), h)));
}
