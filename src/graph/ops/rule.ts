/** What the table says of an op, and the shape arithmetic its entries share. */

import { ShapeError } from "../../errors.ts";
import { type DType, elements } from "../../ndarray.ts";
import type { Attributes, ValueType } from "../node.ts";
import type { Tensor } from "../tensor.ts";

export type AttributeKind = "int" | "ints" | "float" | "string";

/** A node as its gradient rule sees it. */
export interface Call {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly attributes: Attributes;
}

/** One table entry: all the graph knows about an operator. */
export interface OpRule {
  /** Absent for the standard ONNX domain. */
  readonly domain?: "com.microsoft";
  readonly attributes?: Readonly<Record<string, AttributeKind>>;
  /** Element types and shapes of the outputs. @throws ShapeError saying what was expected. */
  infer(inputs: readonly (Tensor | undefined)[], attributes: Attributes): readonly ValueType[];
  /**
   * Gradients of the inputs, in their order, from the gradients of the outputs (`undefined`: an output nobody used, or an
   * input without gradient). Absent where no input has a gradient, as for comparisons.
   */
  readonly vjp?: (call: Call, grads: readonly (Tensor | undefined)[]) => readonly (Tensor | undefined)[];
  /** One element of the result from one of each input: lets `simplify` compute ops on constants. */
  readonly scalar?: (...values: number[]) => number;
}

/** A rule for ops with one output that everybody uses. */
export function single(rule: {
  domain?: "com.microsoft";
  attributes?: Readonly<Record<string, AttributeKind>>;
  scalar?: (...values: number[]) => number;
  infer(inputs: readonly Tensor[], attributes: Attributes): ValueType;
  vjp?(call: Call, grad: Tensor): readonly (Tensor | undefined)[];
}): OpRule {
  const { infer, vjp, ...rest } = rule;
  return {
    ...rest,
    infer: (inputs, attributes) => [infer(inputs as readonly Tensor[], attributes)],
    ...(vjp && {
      vjp: (call: Call, grads: readonly (Tensor | undefined)[]) => {
        const grad = grads[0];
        return grad ? vjp(call, grad) : call.inputs.map(() => undefined);
      },
    }),
  };
}

export const FLOATS: readonly DType[] = ["float32", "float16", "float64"];

/** Fails unless `condition` holds. */
export function expectShape(condition: unknown, message: string): asserts condition {
  if (!condition) throw new ShapeError(message);
}

export function show(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

/** The values of a constant int64 operand such as a shape or a list of axes. */
export function integers(x: Tensor | undefined): readonly number[] {
  expectShape(x && "kind" in x.source && x.source.kind === "constant", "expected a constant operand");
  return Array.from(x.source.data, Number);
}

export function intsAttribute(attributes: Attributes, name: string, fallback: readonly number[]): readonly number[] {
  const value = attributes[name];
  return Array.isArray(value) ? (value as readonly number[]) : fallback;
}

export function numberAttribute(attributes: Attributes, name: string, fallback: number): number {
  const value = attributes[name];
  return typeof value === "number" ? value : fallback;
}

/** NumPy broadcasting of two shapes. @throws ShapeError */
export function broadcast(a: readonly number[], b: readonly number[]): readonly number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const left = a[i - rank + a.length] ?? 1;
    const right = b[i - rank + b.length] ?? 1;
    expectShape(left === right || left === 1 || right === 1, `${show(a)} and ${show(b)} do not broadcast`);
    return left === 1 ? right : left;
  });
}

/** Sums a gradient over the axes along which its value of `shape` was broadcast. */
export function sumTo(grad: Tensor, shape: readonly number[]): Tensor {
  if (sameShape(grad.shape, shape)) return grad;
  const added = grad.rank - shape.length;
  const axes = grad.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < added || shape[axis - added] !== grad.shape[axis]);
  return (axes.length === 0 ? grad : grad.sum(axes, true)).reshape(shape);
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

export function sameSize(a: readonly number[], b: readonly number[]): boolean {
  return elements(a) === elements(b);
}
