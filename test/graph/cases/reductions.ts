/** Cases of reductions, softmax and normalisations. */

import { one } from "../../../src/graph/tensor.ts";
import { numbers } from "../arrays.ts";
import type { OpCase } from "../op-case.ts";

/** A permutation with gaps of ½: no two elements are near each other, so that a maximum has no kink nearby. */
const spaced = (shape: readonly number[], factor: number) => {
  const { data } = numbers(shape);
  return { shape, data: data.map((_, i) => ((i * factor) % data.length) / 2) };
};

const sums: readonly OpCase[] = [
  ...(
    [
      ["all axes", undefined, false],
      ["the last axis", [-1], false],
      ["the first axis, kept", [0], true],
      ["two axes that are apart, in no order", [3, 0], false],
      ["two axes, kept", [1, 2], true],
    ] as const
  ).flatMap(([what, axes, keep]): OpCase[] => [
    { op: "ReduceSum", what: `over ${what}`, feeds: { x: numbers([2, 3, 4, 2]) }, build: ({ x }) => x.sum(axes, keep) },
    {
      op: "ReduceMean",
      what: `over ${what}`,
      feeds: { x: numbers([2, 3, 4, 2]) },
      build: ({ x }) => x.mean(axes, keep),
    },
    {
      op: "ReduceMax",
      what: `over ${what}`,
      feeds: { x: spaced([2, 3, 4, 2], 29) },
      build: ({ x }) => x.max(axes, keep),
    },
  ]),
  { op: "ReduceSum", what: "over an axis of 1", feeds: { x: numbers([3, 1, 2]) }, build: ({ x }) => x.sum([1]) },
];

const softmaxes: readonly OpCase[] = [-1, 1, 0].flatMap((axis): OpCase[] => [
  {
    op: "Softmax",
    what: `along axis ${axis}`,
    feeds: { x: numbers([2, 3, 4], { scale: 2 }) },
    build: ({ x }) => x.softmax(axis),
  },
  {
    op: "LogSoftmax",
    what: `along axis ${axis}`,
    feeds: { x: numbers([2, 3, 4], { scale: 2 }) },
    build: ({ x }) => x.logSoftmax(axis),
  },
]);

const normalised = (shape: readonly number[], width: number) => ({
  x: numbers(shape, { scale: 2, shift: 0.5 }),
  scale: numbers([width], { seed: 2, shift: 1 }),
  bias: numbers([width], { seed: 3 }),
});

const normalisations: readonly OpCase[] = [
  ...[[3, 5], [2, 3, 4], [6]].map(
    (shape): OpCase => ({
      op: "LpNormalization",
      what: `of rank ${shape.length}`,
      feeds: { x: numbers(shape, { shift: 0.3 }) },
      build: ({ x }) => x.l2Normalize(),
    }),
  ),
  ...[[2, 3, 5], [4, 5], [5]].map(
    (shape): OpCase => ({
      op: "LayerNormalization",
      what: `of rank ${shape.length}`,
      feeds: normalised(shape, 5),
      build: ({ x, scale, bias }) => one("LayerNormalization", [x, scale, bias], { axis: -1, epsilon: 1e-2 }),
    }),
  ),
  ...[
    [2, 3, 7],
    [2, 3, 4, 5],
    [3, 1, 6],
  ].map(
    (shape): OpCase => ({
      op: "InstanceNormalization",
      what: `of [${shape}]`,
      feeds: normalised(shape, shape[1]),
      build: ({ x, scale, bias }) => one("InstanceNormalization", [x, scale, bias], { epsilon: 1e-2 }),
    }),
  ),
];

export const reductionCases: readonly OpCase[] = [...sums, ...softmaxes, ...normalisations];
