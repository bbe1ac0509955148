/** Cases of matrix products, attention and convolutions. */

import { attention, conv, gemm } from "../../../src/graph/functions.ts";
import { one } from "../../../src/graph/tensor.ts";
import { numbers } from "../arrays.ts";
import type { OpCase } from "../op-case.ts";

const pair = (a: readonly number[], b: readonly number[]) => ({ a: numbers(a), b: numbers(b, { seed: 2 }) });

const batches: readonly (readonly [string, readonly number[], readonly number[]])[] = [
  ["two matrices", [], []],
  ["a batch and one matrix", [2, 3], []],
  ["one matrix and a batch", [], [2, 3]],
  ["batches that broadcast", [2, 1], [3]],
  ["equal batches", [4], [4]],
];

const products: readonly OpCase[] = [
  ...batches.flatMap(([what, a, b]) =>
    [false, true].flatMap((transA) =>
      [false, true].map(
        (transB): OpCase => ({
          op: "MatMul",
          what: `of ${what}${transA ? ", the first transposed" : ""}${transB ? ", the second transposed" : ""}`,
          feeds: pair([...a, ...(transA ? [4, 3] : [3, 4])], [...b, ...(transB ? [2, 4] : [4, 2])]),
          build: (x) => x.a.matmul(x.b, { transA, transB, alpha: transA ? -0.7 : 1 }),
        }),
      ),
    ),
  ),
  { op: "Gemm", what: "without bias", feeds: pair([3, 4], [2, 4]), build: ({ a, b }) => gemm(a, b) },
  ...[[2], [1, 2], [3, 1], [3, 2], []].map(
    (shape): OpCase => ({
      op: "Gemm",
      what: `with a bias of [${shape}]`,
      feeds: { ...pair([3, 4], [2, 4]), c: numbers(shape, { seed: 3 }) },
      build: ({ a, b, c }) => gemm(a, b, c),
    }),
  ),
  {
    op: "Gemm",
    what: "of a transposed first matrix",
    feeds: { ...pair([4, 3], [4, 2]), c: numbers([2], { seed: 3 }) },
    build: ({ a, b, c }) => one("Gemm", [a, b, c], { transA: 1, transB: 0 }),
  },
];

/** [what, batch, queries, keys, heads, depth, depth of values] */
const attentions = (
  [
    ["one head", 1, 3, 3, 1, 4, 4, {}],
    ["heads over a longer context", 2, 3, 5, 2, 3, 3, {}],
    ["values wider than keys", 2, 3, 4, 2, 2, 4, {}],
    ["another scale", 2, 2, 3, 2, 2, 2, { scale: 1.3 }],
    ["later keys hidden", 2, 4, 4, 2, 3, 3, { causal: true }],
  ] as const
).map(
  ([what, batch, queries, keys, heads, depth, wide, options]): OpCase => ({
    op: "MultiHeadAttention",
    what: `with ${what}`,
    feeds: {
      q: numbers([batch, queries, heads * depth], { scale: 1.5 }),
      k: numbers([batch, keys, heads * depth], { seed: 2, scale: 1.5 }),
      v: numbers([batch, keys, heads * wide], { seed: 3 }),
    },
    build: ({ q, k, v }) => attention(q, k, v, { heads, ...options }),
  }),
);

type Sides = readonly [number, number, number, number];

/** [height, width, kernel height, kernel width, stride, padding] */
const windows: readonly (readonly [number, number, number, number, number, number | Sides])[] = [
  [4, 5, 3, 3, 1, 1],
  [4, 5, 3, 3, 1, 0],
  [5, 4, 1, 1, 1, 0],
  [5, 6, 3, 3, 2, 1],
  [6, 5, 3, 3, 2, [0, 0, 1, 1]],
  [5, 6, 3, 3, 2, [0, 0, 1, 1]],
  [5, 4, 3, 2, 1, [2, 0, 1, 1]],
  [4, 4, 2, 3, 1, [3, 1, 0, 2]],
  [7, 8, 2, 3, 3, 0],
  [7, 8, 1, 1, 2, 0],
  [3, 3, 1, 1, 1, 1],
  [4, 3, 5, 5, 1, 2],
  [1, 5, 3, 3, 1, 1],
  [1, 1, 5, 5, 1, 2],
];

const convolutions: readonly OpCase[] = windows.map(
  ([height, width, kh, kw, stride, padding]): OpCase => ({
    op: "Conv",
    what: `of ${height}×${width} with ${kh}×${kw}, stride ${stride}, padding ${padding}`,
    feeds: {
      x: numbers([2, 3, height, width]),
      kernel: numbers([4, 3, kh, kw], { seed: 2 }),
      ...(stride === 1 && { bias: numbers([4], { seed: 3 }) }),
    },
    build: ({ x, kernel, bias }) => conv(x, kernel, bias, { stride, padding }),
  }),
);

/** [height, width, kernel, stride, padding, output padding] */
const transposed: readonly OpCase[] = (
  [
    [3, 4, 3, 1, [1, 1, 1, 1], [0, 0]],
    [3, 4, 3, 2, [1, 1, 1, 1], [1, 0]],
    [3, 2, 3, 2, [0, 0, 1, 1], [0, 1]],
    [2, 3, 2, 3, [0, 0, 0, 0], [2, 1]],
  ] as const
).map(
  ([height, width, kernel, stride, pads, more]): OpCase => ({
    op: "ConvTranspose",
    what: `of ${height}×${width} with ${kernel}×${kernel}, stride ${stride}, padding ${pads} and ${more}`,
    feeds: { x: numbers([2, 3, height, width]), kernel: numbers([3, 4, kernel, kernel], { seed: 2 }) },
    build: (t) =>
      one("ConvTranspose", [t.x, t.kernel], { strides: [stride, stride], pads: [...pads], output_padding: [...more] }),
  }),
);

export const productCases: readonly OpCase[] = [...products, ...attentions, ...convolutions, ...transposed];
