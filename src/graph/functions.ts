/** Operations of several tensors, spelled as functions. (Those of one tensor are its methods.) */

import { int64, one, type Tensor } from "./tensor.ts";

/** Cross-correlation as in PyTorch. `padding` is the same on all sides or [top, left, bottom, right]. */
export function conv(
  x: Tensor,
  kernel: Tensor,
  bias?: Tensor,
  options: { stride?: number; padding?: number | readonly [number, number, number, number] } = {},
): Tensor {
  const { stride = 1, padding = 0 } = options;
  const pads = typeof padding === "number" ? [padding, padding, padding, padding] : padding;
  return one("Conv", bias ? [x, kernel, bias] : [x, kernel], { strides: [stride, stride], pads });
}

/** a · bᵀ + c for a [M, K], b [N, K], c [N]. */
export function gemm(a: Tensor, b: Tensor, c?: Tensor): Tensor {
  return one("Gemm", c ? [a, b, c] : [a, b], { transA: 0, transB: 1 });
}

/** See `MultiHeadAttention` in the table; `scale` default 1 / √D. */
export function attention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  options: { heads: number; scale?: number; causal?: boolean },
): Tensor {
  const { heads, scale = 1 / Math.sqrt(query.shape[2] / heads), causal = false } = options;
  return one("MultiHeadAttention", [query, key, value], {
    num_heads: heads,
    scale,
    unidirectional: causal ? 1 : 0,
  });
}

/**
 * Nearest-neighbour resizing of [B, C, H, W]; source index ⌊i · in / out⌋ as in PyTorch.
 *
 * @throws ShapeError for the few ratios at which engines round to another index; never for 2n or 2n − 1 from n.
 */
export function resizeNearest(x: Tensor, height: number, width: number): Tensor {
  const sizes = int64([x.shape[0], x.shape[1], height, width]);
  return one("Resize", [x, undefined, undefined, sizes], {
    mode: "nearest",
    coordinate_transformation_mode: "asymmetric",
    nearest_mode: "floor",
  });
}
