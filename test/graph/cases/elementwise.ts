/** Cases of the ops that work element by element. */

import type { Tensor } from "../../../src/graph/tensor.ts";
import { array, clearOfZero, numbers } from "../arrays.ts";
import type { OpCase } from "../op-case.ts";

type Inputs = Readonly<Record<string, Tensor>>;

const smooth = () => ({ x: numbers([2, 3, 4], { scale: 2 }) });
const positive = () => ({ x: numbers([2, 3, 4], { scale: 0.9, shift: 1.5 }) });
const kinked = () => ({ x: clearOfZero([2, 3, 4]) });

const unary: readonly OpCase[] = [
  { op: "Neg", what: "", feeds: smooth(), build: ({ x }) => x.neg() },
  { op: "Abs", what: "", feeds: kinked(), build: ({ x }) => x.abs() },
  { op: "Sign", what: "", feeds: kinked(), build: ({ x }) => x.sign() },
  { op: "Exp", what: "", feeds: smooth(), build: ({ x }) => x.exp() },
  { op: "Log", what: "", feeds: positive(), build: ({ x }) => x.log() },
  { op: "Sqrt", what: "", feeds: positive(), build: ({ x }) => x.sqrt() },
  { op: "Reciprocal", what: "", feeds: { x: clearOfZero([3, 5], { gap: 0.6 }) }, build: ({ x }) => x.reciprocal() },
  { op: "Sin", what: "", feeds: smooth(), build: ({ x }) => x.sin() },
  { op: "Cos", what: "", feeds: smooth(), build: ({ x }) => x.cos() },
  { op: "Tanh", what: "", feeds: smooth(), build: ({ x }) => x.tanh() },
  { op: "Erf", what: "", feeds: smooth(), build: ({ x }) => x.erf() },
  { op: "Sigmoid", what: "", feeds: smooth(), build: ({ x }) => x.sigmoid() },
  { op: "Relu", what: "", feeds: kinked(), build: ({ x }) => x.relu() },
  { op: "Gelu", what: "", feeds: smooth(), build: ({ x }) => x.gelu() },
  { op: "QuickGelu", what: "of CLIP", feeds: smooth(), build: ({ x }) => x.quickGelu() },
  { op: "QuickGelu", what: "as SiLU", feeds: smooth(), build: ({ x }) => x.silu() },
  {
    op: "Clip",
    what: "",
    feeds: { x: array([-3, -0.8, -0.5, 0, 0.2, 0.9, 4, -1], [2, 4]) },
    build: ({ x }) => x.clip(-0.9, 0.1),
  },
  { op: "Neg", what: "of a scalar", feeds: { x: numbers([]) }, build: ({ x }) => x.neg() },
];

/** A two-operand op on equal shapes, on shapes that broadcast in every way, with a number, and on one tensor twice. */
function binary(
  op: OpCase["op"],
  apply: (a: Tensor, b: Tensor | number) => Tensor,
  { shift = 0, gap }: { shift?: number; gap?: number } = {},
): readonly OpCase[] {
  const some = (shape: readonly number[], seed: number) =>
    gap === undefined ? numbers(shape, { seed, scale: 0.9, shift }) : clearOfZero(shape, { seed, gap });
  const of = (what: string, a: readonly number[], b: readonly number[]): OpCase => ({
    op,
    what,
    feeds: { a: some(a, 1), b: some(b, 2) },
    build: (x: Inputs) => apply(x.a, x.b),
  });
  return [
    of("of equal shapes", [2, 3], [2, 3]),
    of("of a row", [2, 3, 4], [4]),
    of("of a column", [3, 1], [2, 3, 4]),
    of("of a column and a row", [2, 3, 1], [1, 4]),
    of("of a scalar", [], [2, 3]),
    of("of one element of rank 3", [2, 3], [1, 1, 1]),
    { op, what: "of a number", feeds: { a: some([2, 3], 3) }, build: ({ a }) => apply(a, 1.5) },
    { op, what: "of itself", feeds: { a: some([2, 3], 4) }, build: ({ a }) => apply(a, a) },
  ];
}

/** Operands that are either equal or clearly apart. */
const nearlySorted = {
  a: array([1, 2, 3, 4, 5, 6], [2, 3]),
  b: array([1, 2.5, 2, 4, 4.5, 7], [2, 3]),
};

const arithmetic: readonly OpCase[] = [
  ...binary("Add", (a, b) => a.add(b)),
  ...binary("Sub", (a, b) => a.sub(b)),
  ...binary("Mul", (a, b) => a.mul(b)),
  ...binary("Div", (a, b) => a.div(b), { gap: 0.6 }),
  ...binary("Pow", (a, b) => a.pow(b), { shift: 1.6 }),
  {
    op: "Pow",
    what: "of negative numbers to a whole power",
    feeds: { x: clearOfZero([2, 5]) },
    build: ({ x }) => x.pow(3),
  },
  { op: "Max", what: "with ties", feeds: nearlySorted, build: ({ a, b }) => a.maximum(b) },
  { op: "Min", what: "with ties", feeds: nearlySorted, build: ({ a, b }) => a.minimum(b) },
  { op: "Max", what: "of a number", feeds: { x: clearOfZero([3, 4]) }, build: ({ x }) => x.maximum(0) },
  {
    op: "Min",
    what: "of a row",
    feeds: { x: clearOfZero([3, 4]), y: numbers([4], { scale: 0.1 }) },
    build: ({ x, y }) => x.minimum(y),
  },
];

const compared = { a: array([1, 2, 3, 0, -1, -0], [2, 3]), b: array([2, 2, 0], [3]) };

const choices: readonly OpCase[] = [
  { op: "Less", what: "", feeds: compared, build: ({ a, b }) => a.less(b), expected: [1, 0, 0, 1, 1, 0] },
  { op: "Greater", what: "", feeds: compared, build: ({ a, b }) => a.greater(b), expected: [0, 0, 1, 0, 0, 0] },
  { op: "LessOrEqual", what: "", feeds: compared, build: ({ a, b }) => a.lessOrEqual(b), expected: [1, 1, 0, 1, 1, 1] },
  {
    op: "GreaterOrEqual",
    what: "",
    feeds: compared,
    build: ({ a, b }) => a.greaterOrEqual(b),
    expected: [0, 1, 1, 0, 0, 1],
  },
  { op: "Equal", what: "", feeds: compared, build: ({ a, b }) => a.equal(b), expected: [0, 1, 0, 0, 0, 1] },
  {
    op: "Where",
    what: "with everything broadcast",
    feeds: { c: clearOfZero([2, 1, 3]), a: numbers([4, 1]), b: numbers([3], { seed: 2 }) },
    build: ({ c, a, b }) => c.greater(0).where(a, b),
  },
  {
    op: "Where",
    what: "against a number",
    feeds: { c: clearOfZero([2, 3]), a: numbers([2, 3]) },
    build: ({ c, a }) => c.less(0).where(a, 7),
  },
];

export const elementwiseCases: readonly OpCase[] = [...unary, ...arithmetic, ...choices];
