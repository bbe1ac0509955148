/** Ops that work element by element. */

import type { ValueType } from "../node.ts";
import type { Tensor } from "../tensor.ts";
import { broadcast, expectShape, numberAttribute, type OpRule, single, sumTo } from "./rule.ts";

function sameAsInput([x]: readonly Tensor[]): ValueType {
  return { dtype: x.dtype, shape: x.shape };
}

/** dy/dx given x and y. */
function unary(derivative: (x: Tensor, y: Tensor) => Tensor, scalar?: (x: number) => number): OpRule {
  return single({
    infer: sameAsInput,
    vjp: ({ inputs: [x], outputs: [y] }, grad) => [grad.mul(derivative(x, y))],
    scalar,
  });
}

function sameTypes(a: Tensor, b: Tensor): void {
  expectShape(a.dtype === b.dtype, `expected operands of one type, got ${a.dtype} and ${b.dtype}`);
}

/** Gradients of both operands before they are summed over broadcast axes. */
function binary(
  gradients: (grad: Tensor, a: Tensor, b: Tensor, y: Tensor) => readonly [Tensor, Tensor],
  scalar?: (a: number, b: number) => number,
): OpRule {
  return single({
    infer: ([a, b]) => {
      sameTypes(a, b);
      return { dtype: a.dtype, shape: broadcast(a.shape, b.shape) };
    },
    vjp: ({ inputs: [a, b], outputs: [y] }, grad) => {
      const [da, db] = gradients(grad, a, b, y);
      return [sumTo(da, a.shape), sumTo(db, b.shape)];
    },
    scalar,
  });
}

const comparison: OpRule = single({
  infer: ([a, b]) => {
    sameTypes(a, b);
    return { dtype: "bool", shape: broadcast(a.shape, b.shape) };
  },
});

const TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI);
const ROOT_HALF = Math.SQRT1_2;
const INVERSE_ROOT_TWO_PI = 1 / Math.sqrt(2 * Math.PI);

/** Which share of the gradient the larger operand takes, 0 or 1; a tie is shared, as in PyTorch. */
function shareOfLarger(a: Tensor, b: Tensor): Tensor {
  return a.greaterOrEqual(b).cast("float32").add(a.greater(b).cast("float32")).mul(0.5);
}

// The slopes of Abs, Relu, Max and Min are written with comparisons, as WebGPU has no Sign.
export const elementwise = {
  Neg: single({ infer: sameAsInput, vjp: (_, grad) => [grad.neg()], scalar: (x) => -x }),
  Abs: unary((x) => x.greater(0).cast("float32").sub(x.less(0).cast("float32")), Math.abs),
  Sign: single({ infer: sameAsInput, vjp: () => [undefined], scalar: Math.sign }),
  Exp: unary((_, y) => y, Math.exp),
  Log: unary((x) => x.reciprocal(), Math.log),
  Sqrt: unary((_, y) => y.reciprocal().mul(0.5), Math.sqrt),
  Reciprocal: unary(
    (_, y) => y.mul(y).neg(),
    (x) => 1 / x,
  ),
  Sin: unary((x) => x.cos(), Math.sin),
  Cos: unary((x) => x.sin().neg(), Math.cos),
  Tanh: unary((_, y) => y.mul(y).neg().add(1), Math.tanh),
  Erf: unary((x) => x.mul(x).neg().exp().mul(TWO_OVER_ROOT_PI)),
  Sigmoid: unary((_, y) => y.mul(y.neg().add(1))),
  Relu: unary(
    (x) => x.greater(0).cast("float32"),
    (x) => Math.max(x, 0),
  ),
  /** Φ(x) + x φ(x). */
  Gelu: unary((x) => {
    const phi = x.mul(x).mul(-0.5).exp().mul(INVERSE_ROOT_TWO_PI);
    return x.mul(ROOT_HALF).erf().mul(0.5).add(0.5).add(x.mul(phi));
  }),
  /** y = x σ(αx), so dy/dx = σ + α y (1 − σ). */
  QuickGelu: single({
    domain: "com.microsoft",
    attributes: { alpha: "float" },
    infer: sameAsInput,
    vjp: ({ inputs: [x], outputs: [y], attributes }, grad) => {
      const alpha = numberAttribute(attributes, "alpha", 1.702);
      const sigmoid = (alpha === 1 ? x : x.mul(alpha)).sigmoid();
      const tail = y.mul(sigmoid.neg().add(1));
      return [grad.mul(sigmoid.add(alpha === 1 ? tail : tail.mul(alpha)))];
    },
  }),
  Clip: single({
    infer: sameAsInput,
    vjp: ({ inputs: [x, min, max] }, grad) => {
      const inside = x.greaterOrEqual(min).where(x.lessOrEqual(max).where(grad, 0), 0);
      return [inside, undefined, undefined];
    },
  }),
  Add: binary(
    (grad) => [grad, grad],
    (a, b) => a + b,
  ),
  Sub: binary(
    (grad) => [grad, grad.neg()],
    (a, b) => a - b,
  ),
  Mul: binary(
    (grad, a, b) => [grad.mul(b), grad.mul(a)],
    (a, b) => a * b,
  ),
  Div: binary(
    (grad, _, b, y) => [grad.div(b), grad.mul(y).div(b).neg()],
    (a, b) => a / b,
  ),
  Pow: binary(
    (grad, a, b, y) => [grad.mul(b).mul(a.pow(b.sub(1))), grad.mul(y).mul(a.log())],
    (a, b) => a ** b,
  ),
  Max: binary((grad, a, b) => [grad.mul(shareOfLarger(a, b)), grad.mul(shareOfLarger(b, a))], Math.max),
  Min: binary((grad, a, b) => [grad.mul(shareOfLarger(b, a)), grad.mul(shareOfLarger(a, b))], Math.min),
  Less: comparison,
  Greater: comparison,
  LessOrEqual: comparison,
  GreaterOrEqual: comparison,
  Equal: comparison,
  Where: single({
    infer: ([condition, a, b]) => {
      expectShape(condition.dtype === "bool", `expected a bool condition, got ${condition.dtype}`);
      sameTypes(a, b);
      return { dtype: a.dtype, shape: broadcast(condition.shape, broadcast(a.shape, b.shape)) };
    },
    vjp: ({ inputs: [condition, a, b] }, grad) => [
      undefined,
      sumTo(condition.where(grad, 0), a.shape),
      sumTo(condition.where(0, grad), b.shape),
    ],
  }),
} satisfies Record<string, OpRule>;
