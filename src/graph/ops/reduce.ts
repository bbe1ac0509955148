/** Reductions, softmax, and normalisations along axes. */

import type { Attributes, ValueType } from "../node.ts";
import { normalizeAxis, type Tensor } from "../tensor.ts";
import { expectShape, integers, numberAttribute, type OpRule, show, single } from "./rule.ts";

function reducedShape(x: Tensor, axes: readonly number[], keepDims: boolean): readonly number[] {
  const gone = new Set(axes);
  return x.shape.flatMap((extent, axis) => (gone.has(axis) ? (keepDims ? [1] : []) : [extent]));
}

/** What the gradient of a reduction is made from; y and its gradient keep the reduced axes, with extent 1. */
interface Reduced {
  readonly x: Tensor;
  readonly y: Tensor;
  readonly grad: Tensor;
  readonly axes: readonly number[];
}

function reduction(vjp: (reduced: Reduced) => Tensor): OpRule {
  return single({
    attributes: { keepdims: "int" },
    infer: ([x, axes], attributes) => ({
      dtype: x.dtype,
      shape: reducedShape(x, integers(axes), attributes.keepdims === 1),
    }),
    vjp: ({ inputs: [x, operand], outputs: [y] }, grad) => {
      const axes = integers(operand);
      const kept = reducedShape(x, axes, true);
      return [vjp({ x, y: y.reshape(kept), grad: grad.reshape(kept), axes }).expand(x.shape), undefined];
    },
  });
}

function sameAsInput([x]: readonly Tensor[]): ValueType {
  return { dtype: x.dtype, shape: x.shape };
}

function axisOf(x: Tensor, attributes: Attributes): number {
  return normalizeAxis(numberAttribute(attributes, "axis", -1), x.rank);
}

/** x̂ = (x − mean) · rstd along `axes`, with rstd = 1 / √(variance + epsilon), biased variance. */
function standardize(x: Tensor, axes: readonly number[], epsilon: number) {
  const centred = x.sub(x.mean(axes, true));
  const rstd = centred.mul(centred).mean(axes, true).add(epsilon).sqrt().reciprocal();
  return { standard: centred.mul(rstd), rstd };
}

/** dx from g, the gradient of x̂: rstd · (g − mean(g) − x̂ · mean(g · x̂)). */
function standardizeVjp(
  g: Tensor,
  axes: readonly number[],
  { standard, rstd }: ReturnType<typeof standardize>,
): Tensor {
  const along = standard.mul(g.mul(standard).mean(axes, true));
  return g.sub(g.mean(axes, true)).sub(along).mul(rstd);
}

export const reductions = {
  ReduceSum: reduction(({ grad }) => grad),
  ReduceMean: reduction(({ x, y, grad }) => grad.mul(y.size / x.size)),
  /** Elements that share the maximum share the gradient. */
  ReduceMax: reduction(({ x, y, grad, axes }) => {
    const winners = x.equal(y).cast(x.dtype);
    return winners.mul(grad).div(winners.sum(axes, true));
  }),
  Softmax: single({
    attributes: { axis: "int" },
    infer: sameAsInput,
    vjp: ({ outputs: [y], inputs: [x], attributes }, grad) => {
      const weighted = grad.mul(y);
      return [weighted.sub(y.mul(weighted.sum([axisOf(x, attributes)], true)))];
    },
  }),
  LogSoftmax: single({
    attributes: { axis: "int" },
    infer: sameAsInput,
    vjp: ({ outputs: [y], inputs: [x], attributes }, grad) => [
      grad.sub(y.exp().mul(grad.sum([axisOf(x, attributes)], true))),
    ],
  }),
  /** x / ‖x‖₂. */
  LpNormalization: single({
    attributes: { axis: "int", p: "int" },
    infer: sameAsInput,
    vjp: ({ outputs: [y], inputs: [x], attributes }, grad) => {
      const axes = [axisOf(x, attributes)];
      const norm = x.mul(x).sum(axes, true).sqrt().maximum(1e-12);
      return [grad.sub(y.mul(grad.mul(y).sum(axes, true))).div(norm)];
    },
  }),
  /** Over the last axis: x̂ · scale + bias. Statistics in float32, biased variance. */
  LayerNormalization: single({
    attributes: { axis: "int", epsilon: "float" },
    infer: ([x, scale, bias]) => {
      const width = [x.shape[x.rank - 1]];
      expectShape(
        `${scale.shape}` === `${width}` && `${bias.shape}` === `${width}`,
        `expected scale and bias of ${show(width)}`,
      );
      return { dtype: x.dtype, shape: x.shape };
    },
    vjp: ({ inputs: [x, scale], attributes }, grad) => {
      const rows = x.shape.slice(0, -1).map((_, axis) => axis);
      const axes = [x.rank - 1];
      const normal = standardize(x, axes, numberAttribute(attributes, "epsilon", 1e-5));
      const dx = standardizeVjp(grad.mul(scale), axes, normal);
      return [dx, grad.mul(normal.standard).sum(rows), grad.sum(rows)];
    },
  }),
  /** Over all axes but the first two: x̂ · scale + bias with scale, bias [C]. */
  InstanceNormalization: single({
    attributes: { epsilon: "float" },
    infer: ([x, scale, bias]) => {
      const channels = [x.shape[1]];
      expectShape(x.rank >= 3, `expected [B, C, …], got ${show(x.shape)}`);
      expectShape(
        `${scale.shape}` === `${channels}` && `${bias.shape}` === `${channels}`,
        `expected scale and bias of ${show(channels)}`,
      );
      return { dtype: x.dtype, shape: x.shape };
    },
    vjp: ({ inputs: [x, scale], attributes }, grad) => {
      const inner = x.shape.map((_, axis) => axis).slice(2);
      const perChannel = scale.reshape([1, -1, ...inner.map(() => 1)]);
      const normal = standardize(x, inner, numberAttribute(attributes, "epsilon", 1e-5));
      const dx = standardizeVjp(grad.mul(perChannel), inner, normal);
      return [dx, grad.mul(normal.standard).sum([0, ...inner]), grad.sum([0, ...inner])];
    },
  }),
} satisfies Record<string, OpRule>;
