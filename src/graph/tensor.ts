/** The symbolic tensor: calling its methods builds a graph; nothing is computed and no memory is held. */

import { ShapeError } from "../errors.ts";
import { type DType, elements } from "../ndarray.ts";
import {
  type Attributes,
  type ConstantData,
  type Leaf,
  type Node,
  nextNodeId,
  ONNX_DTYPE,
  type Storage,
} from "./node.ts";
import { type OpName, ops } from "./ops.ts";

/** A number stands for a float32 constant. */
export type Operand = Tensor | number;

/** A value of known element type and static shape. Methods are named as in PyTorch, semantics are those of the ONNX op. */
export class Tensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** How the value comes about: an output of a node, or a leaf. */
  readonly source: Node<Tensor> | Leaf;

  constructor(dtype: DType, shape: readonly number[], source: Node<Tensor> | Leaf) {
    this.dtype = dtype;
    this.shape = shape;
    this.source = source;
  }

  get node(): Node<Tensor> | undefined {
    return "op" in this.source ? this.source : undefined;
  }
  get rank(): number {
    return this.shape.length;
  }
  get size(): number {
    return elements(this.shape);
  }
  toString(): string {
    return `${this.dtype}[${this.shape.join(", ")}]`;
  }

  // Arithmetic, with NumPy broadcasting.
  add(other: Operand): Tensor {
    return one("Add", [this, operand(other)]);
  }
  sub(other: Operand): Tensor {
    return one("Sub", [this, operand(other)]);
  }
  mul(other: Operand): Tensor {
    return one("Mul", [this, operand(other)]);
  }
  div(other: Operand): Tensor {
    return one("Div", [this, operand(other)]);
  }
  pow(exponent: Operand): Tensor {
    return one("Pow", [this, operand(exponent)]);
  }
  maximum(other: Operand): Tensor {
    return one("Max", [this, operand(other)]);
  }
  minimum(other: Operand): Tensor {
    return one("Min", [this, operand(other)]);
  }
  neg(): Tensor {
    return one("Neg", [this]);
  }
  abs(): Tensor {
    return one("Abs", [this]);
  }
  sign(): Tensor {
    return one("Sign", [this]);
  }
  exp(): Tensor {
    return one("Exp", [this]);
  }
  log(): Tensor {
    return one("Log", [this]);
  }
  sqrt(): Tensor {
    return one("Sqrt", [this]);
  }
  reciprocal(): Tensor {
    return one("Reciprocal", [this]);
  }
  sin(): Tensor {
    return one("Sin", [this]);
  }
  cos(): Tensor {
    return one("Cos", [this]);
  }
  tanh(): Tensor {
    return one("Tanh", [this]);
  }
  erf(): Tensor {
    return one("Erf", [this]);
  }
  sigmoid(): Tensor {
    return one("Sigmoid", [this]);
  }
  relu(): Tensor {
    return one("Relu", [this]);
  }
  /** x · σ(x). */
  silu(): Tensor {
    return one("QuickGelu", [this], { alpha: 1 });
  }
  /** x · σ(1.702 x), as in the original CLIP. */
  quickGelu(): Tensor {
    return one("QuickGelu", [this], { alpha: 1.702 });
  }
  /** The exact GELU, x · Φ(x). */
  gelu(): Tensor {
    return one("Gelu", [this]);
  }
  clip(min: number, max: number): Tensor {
    return one("Clip", [this, scalar(min), scalar(max)]);
  }

  // Comparison and choice.
  less(other: Operand): Tensor {
    return one("Less", [this, operand(other)]);
  }
  greater(other: Operand): Tensor {
    return one("Greater", [this, operand(other)]);
  }
  lessOrEqual(other: Operand): Tensor {
    return one("LessOrEqual", [this, operand(other)]);
  }
  greaterOrEqual(other: Operand): Tensor {
    return one("GreaterOrEqual", [this, operand(other)]);
  }
  equal(other: Operand): Tensor {
    return one("Equal", [this, operand(other)]);
  }
  /** `this ? a : b`, element by element; `this` is bool. */
  where(a: Operand, b: Operand): Tensor {
    return one("Where", [this, operand(a), operand(b)]);
  }
  cast(dtype: DType): Tensor {
    return dtype === this.dtype ? this : one("Cast", [this], { to: ONNX_DTYPE[dtype] });
  }

  // Reductions. Axes may be negative; default all. `keepDims` default false.
  sum(axes?: readonly number[], keepDims = false): Tensor {
    return reduced("ReduceSum", this, axes, keepDims);
  }
  mean(axes?: readonly number[], keepDims = false): Tensor {
    return reduced("ReduceMean", this, axes, keepDims);
  }
  max(axes?: readonly number[], keepDims = false): Tensor {
    return reduced("ReduceMax", this, axes, keepDims);
  }
  softmax(axis = -1): Tensor {
    return one("Softmax", [this], { axis });
  }
  logSoftmax(axis = -1): Tensor {
    return one("LogSoftmax", [this], { axis });
  }
  /** x / ‖x‖₂ along the last axis; a zero vector stays zero. */
  l2Normalize(): Tensor {
    return one("LpNormalization", [this], { axis: this.rank - 1, p: 2 });
  }

  /**
   * alpha · op(this) · op(other), where op transposes the last two axes. Written with Transpose, which every engine has and
   * which those with a fused product make part of it.
   */
  matmul(other: Tensor, options: { transA?: boolean; transB?: boolean; alpha?: number } = {}): Tensor {
    const { transA = false, transB = false, alpha = 1 } = options;
    const product = one("MatMul", [transA ? swapLastAxes(this) : this, transB ? swapLastAxes(other) : other]);
    return alpha === 1 ? product : product.mul(alpha);
  }

  // Shape.
  /** One extent may be −1. */
  reshape(shape: readonly number[]): Tensor {
    const known = elements(shape.filter((extent) => extent !== -1));
    const inferred = this.size / known;
    if (shape.includes(-1) && !Number.isInteger(inferred)) {
      throw new ShapeError(`Reshape(${this}): ${this.size} elements do not fit into [${shape.join(", ")}]`);
    }
    return one("Reshape", [this, int64(shape.map((extent) => (extent === -1 ? inferred : extent)))]);
  }
  transpose(perm: readonly number[]): Tensor {
    return one("Transpose", [this], { perm });
  }
  /** New axes of extent 1 at the given positions of the result, e.g. `[B, C]` with `unsqueeze(2, 3)` is `[B, C, 1, 1]`. */
  unsqueeze(...axes: number[]): Tensor {
    const rank = this.rank + axes.length;
    const shape = [...this.shape];
    const added = axes.map((axis) => normalizeAxis(axis, rank)).sort((a, b) => a - b);
    for (const axis of added) shape.splice(axis, 0, 1);
    return this.reshape(shape);
  }
  expand(shape: readonly number[]): Tensor {
    return one("Expand", [this, int64(shape)]);
  }
  /** Elements `start ≤ i < end` (every `step`-th) of one axis; a negative `step` walks backwards from `start`. */
  slice(axis: number, start: number, end: number, step = 1): Tensor {
    const along = normalizeAxis(axis, this.rank);
    const [first, stop] = [start, end].map((position) => (position < 0 ? position + this.shape[along] : position));
    // WebGPU walks backwards correctly only from the last element: what lies behind the first one is cut off before.
    if (step < 0 && first >= 0 && first < this.shape[along] - 1) {
      return this.slice(along, 0, first + 1).slice(along, first, stop < 0 ? -first - 2 : stop, step);
    }
    return one("Slice", [this, int64([start]), int64([end]), int64([along]), int64([step])]);
  }
  split(axis: number, sizes: readonly number[]): readonly Tensor[] {
    return apply("Split", [this, int64(sizes)], { axis: normalizeAxis(axis, this.rank) });
  }
  /** Zeros around the tensor: `before[i]` and `after[i]` of axis i. */
  pad(before: readonly number[], after: readonly number[]): Tensor {
    return one("Pad", [this, int64([...before, ...after])], { mode: "constant" });
  }
  /** Rows of `this` (axis 0) by int32 indices of any shape: an embedding look-up. */
  gather(indices: Tensor): Tensor {
    return one("Gather", [this, indices], { axis: 0 });
  }
}

/** Adds an operation to the graph. @throws ShapeError naming the op when its inputs do not fit. */
export function apply(
  op: OpName,
  inputs: readonly (Tensor | undefined)[],
  attributes: Attributes = {},
): readonly Tensor[] {
  const outputs: Tensor[] = [];
  const node: Node<Tensor> = { id: nextNodeId(), op, inputs, attributes, outputs };
  const given = inputs.map((input) => input?.toString() ?? "–").join(", ");
  try {
    for (const { dtype, shape } of ops[op].infer(inputs, attributes)) outputs.push(new Tensor(dtype, shape, node));
  } catch (error) {
    if (error instanceof ShapeError) throw new ShapeError(`${op}(${given}): ${error.message}`);
    throw error;
  }
  return outputs;
}

/** `apply` for the ops with one output. */
export function one(op: OpName, inputs: readonly (Tensor | undefined)[], attributes: Attributes = {}): Tensor {
  return apply(op, inputs, attributes)[0];
}

/** A value fed at every run. */
export function input(name: string, shape: readonly number[], dtype: DType = "float32"): Tensor {
  return new Tensor(dtype, shape, { kind: "input", name });
}

/** A value that stays in its file: written as external data. */
export function weight(name: string, dtype: DType, shape: readonly number[], storage: Storage): Tensor {
  return new Tensor(dtype, shape, { kind: "weight", name, storage });
}

/** A value held in the graph itself. The element type is that of the array; `Uint8Array` is bool. */
export function constant(data: ConstantData, shape: readonly number[]): Tensor {
  if (data.length !== elements(shape)) {
    throw new ShapeError(
      `constant: expected ${elements(shape)} elements for [${shape.join(", ")}], got ${data.length}`,
    );
  }
  const dtype =
    data instanceof Float32Array
      ? "float32"
      : data instanceof Int32Array
        ? "int32"
        : data instanceof BigInt64Array
          ? "int64"
          : "bool";
  return new Tensor(dtype, shape, { kind: "constant", data });
}

/** A float32 scalar. */
export function scalar(value: number): Tensor {
  return constant(Float32Array.of(value), []);
}

/** A one-dimensional int64 constant: shapes, axes, positions. */
export function int64(values: readonly number[]): Tensor {
  return constant(BigInt64Array.from(values, BigInt), [values.length]);
}

/** A float32 constant of one repeated value; stored as one element and expanded where it is used. */
export function full(shape: readonly number[], value: number): Tensor {
  return constant(Float32Array.of(value), shape.length === 0 ? [] : [1]).expand(shape);
}

export function concat(tensors: readonly Tensor[], axis: number): Tensor {
  return tensors.length === 1 ? tensors[0] : one("Concat", tensors, { axis: normalizeAxis(axis, tensors[0].rank) });
}

/** Axis counted from the front. @throws ShapeError outside −rank … rank − 1. */
export function normalizeAxis(axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw new ShapeError(`expected an axis in ${-rank} … ${rank - 1}, got ${axis}`);
  }
  return axis < 0 ? axis + rank : axis;
}

function swapLastAxes(x: Tensor): Tensor {
  const last = x.rank - 1;
  return x.transpose(x.shape.map((_, axis) => (axis < last - 1 ? axis : 2 * last - 1 - axis)));
}

function operand(value: Operand): Tensor {
  return typeof value === "number" ? scalar(value) : value;
}

/** Reducing no axes changes nothing; the operators would take it for all of them. */
function reduced(op: OpName, x: Tensor, axes: readonly number[] | undefined, keepDims: boolean): Tensor {
  const along = (axes ?? x.shape.map((_, axis) => axis)).map((axis) => normalizeAxis(axis, x.rank));
  return along.length === 0 ? x : one(op, [x, int64(along)], { keepdims: keepDims ? 1 : 0 });
}
