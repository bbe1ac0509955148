/** Cases of the ops that move elements, and of casts. */

import { resizeNearest } from "../../../src/graph/functions.ts";
import { concat } from "../../../src/graph/tensor.ts";
import { integers, numbers } from "../arrays.ts";
import type { OpCase } from "../op-case.ts";

const moves: readonly OpCase[] = [
  {
    op: "Reshape",
    what: "with an inferred extent",
    feeds: { x: numbers([2, 3, 4]) },
    build: ({ x }) => x.reshape([4, -1]),
  },
  { op: "Reshape", what: "to a scalar", feeds: { x: numbers([1, 1]) }, build: ({ x }) => x.reshape([]) },
  {
    op: "Transpose",
    what: "of rank 4",
    feeds: { x: numbers([2, 3, 4, 5]) },
    build: ({ x }) => x.transpose([2, 0, 3, 1]),
  },
  { op: "Transpose", what: "of a scalar", feeds: { x: numbers([]) }, build: ({ x }) => x.transpose([]) },
  {
    op: "Expand",
    what: "by axes in front and inside",
    feeds: { x: numbers([3, 1]) },
    build: ({ x }) => x.expand([2, 3, 4]),
  },
  { op: "Expand", what: "of a scalar", feeds: { x: numbers([]) }, build: ({ x }) => x.expand([2, 3]) },
  { op: "Expand", what: "to less than its shape", feeds: { x: numbers([2, 3]) }, build: ({ x }) => x.expand([1, 3]) },
  {
    op: "Concat",
    what: "along a negative axis, one tensor twice",
    feeds: { a: numbers([2, 3]), b: numbers([2, 1], { seed: 2 }) },
    build: ({ a, b }) => concat([a, b, a], -1),
  },
  {
    op: "Concat",
    what: "along the first axis",
    feeds: { a: numbers([2, 3]), b: numbers([1, 3], { seed: 2 }), c: numbers([3, 3], { seed: 3 }) },
    build: ({ a, b, c }) => concat([a, b, c], 0),
  },
  {
    op: "Split",
    what: "with every part used",
    feeds: { x: numbers([2, 6]) },
    build: ({ x }) => x.split(-1, [1, 3, 2]),
  },
  {
    op: "Split",
    what: "with one part used",
    feeds: { x: numbers([5, 2]) },
    build: ({ x }) => x.split(0, [1, 2, 2])[1],
  },
];

/** [extent, start, end, step] of an axis. */
const slices: readonly (readonly [number, number, number, number])[] = [
  [7, 0, 7, 1],
  [7, 2, 5, 1],
  [7, -3, 100, 1],
  [7, 1, 6, 2],
  [7, 0, 7, 3],
  [8, 1, 8, 3],
  [7, 6, -8, -1],
  [7, 5, 1, -1],
  [7, 5, -5, -1],
  [7, -3, -8, -2],
  [7, 6, 0, -2],
  [8, 6, -9, -3],
  [7, 100, -100, -2],
  [1, 0, -2, -1],
];

const slicing: readonly OpCase[] = slices.map(
  ([extent, start, end, step]): OpCase => ({
    op: "Slice",
    what: `${start}:${end}:${step} of ${extent}`,
    feeds: { x: numbers([2, extent, 3]) },
    build: ({ x }) => x.slice(1, start, end, step),
  }),
);

const padding: readonly OpCase[] = [
  {
    op: "Pad",
    what: "unequal on all sides",
    feeds: { x: numbers([2, 3, 4]) },
    build: ({ x }) => x.pad([0, 1, 2], [3, 0, 1]),
  },
  { op: "Pad", what: "after only", feeds: { x: numbers([2, 3]) }, build: ({ x }) => x.pad([0, 0], [0, 2]) },
];

const rows: readonly OpCase[] = [
  {
    op: "Gather",
    what: "of repeated and of unused rows",
    feeds: { x: numbers([4, 3]), at: integers([2, 0, 2, 3, 2, 0], [2, 3]) },
    build: ({ x, at }) => x.gather(at),
  },
  {
    op: "Gather",
    what: "of rows of rank 2",
    feeds: { x: numbers([3, 2, 2]), at: integers([1, 1]) },
    build: ({ x, at }) => x.gather(at),
  },
  {
    op: "Gather",
    what: "of single numbers",
    feeds: { x: numbers([5]), at: integers([4, 0, 4], [3]) },
    build: ({ x, at }) => x.gather(at),
  },
  {
    op: "Gather",
    what: "by one index",
    feeds: { x: numbers([5, 2]), at: integers([3], []) },
    build: ({ x, at }) => x.gather(at),
  },
];

const resizing: readonly OpCase[] = (
  [
    [2, 3, 4, 6],
    [2, 3, 6, 3],
    [3, 4, 5, 7],
    [5, 7, 3, 4],
    [4, 3, 2, 9],
    [1, 1, 3, 2],
  ] as const
).map(
  ([height, width, toHeight, toWidth]): OpCase => ({
    op: "Resize",
    what: `${height}×${width} to ${toHeight}×${toWidth}`,
    feeds: { x: numbers([2, 3, height, width]) },
    build: ({ x }) => resizeNearest(x, toHeight, toWidth),
  }),
);

const casts: readonly OpCase[] = [
  {
    op: "Cast",
    what: "to float64 and back",
    feeds: { x: numbers([2, 3]) },
    build: ({ x }) => x.cast("float64").mul(x.cast("float64")).cast("float32"),
  },
  {
    op: "Cast",
    what: "to float16 and back",
    feeds: { x: numbers([2, 3]) },
    bits: 11,
    build: ({ x }) => x.cast("float16").cast("float32"),
  },
];

export const layoutCases: readonly OpCase[] = [
  ...[...moves, ...slicing, ...padding],
  ...[...rows, ...resizing, ...casts],
];
