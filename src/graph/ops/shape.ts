/** Ops that move elements without computing, and the casts between element types. */

import { type DType, elements } from "../../ndarray.ts";
import { ONNX_DTYPE } from "../node.ts";
import { concat, constant, full, normalizeAxis, type Tensor } from "../tensor.ts";
import {
  broadcast,
  expectShape,
  FLOATS,
  integers,
  intsAttribute,
  numberAttribute,
  type OpRule,
  sameShape,
  show,
  single,
  sumTo,
} from "./rule.ts";

const DTYPE_OF = new Map<number, DType>(Object.entries(ONNX_DTYPE).map(([dtype, code]) => [code, dtype as DType]));

/** Half-open positions of a Slice along its one axis, clamped as the standard says. */
function range(x: Tensor, [start, end, axis, step]: readonly Tensor[]) {
  const [at, to, along, by] = [start, end, axis, step].map((operand) => integers(operand)[0]);
  const extent = x.shape[along];
  expectShape(by !== 0, "expected a step other than 0");
  const clamp = (position: number) => {
    const absolute = position < 0 ? position + extent : position;
    return by > 0 ? Math.min(Math.max(absolute, 0), extent) : Math.min(Math.max(absolute, -1), extent - 1);
  };
  // A walk backwards can only be told to include element 0 by an end before the first: −extent − 1.
  const count = Math.max(0, Math.ceil((clamp(to) - clamp(at)) / by));
  return { start: clamp(at), axis: along, step: by, count };
}

/** The transpose of Slice: puts `grad` back at the positions it was taken from, zeros elsewhere. */
function unslice(grad: Tensor, extent: number, { start, axis, step, count }: ReturnType<typeof range>): Tensor {
  let spread = step < 0 ? grad.slice(axis, count - 1, -count - 1, -1) : grad;
  const stride = Math.abs(step);
  const first = step < 0 ? start + (count - 1) * step : start;
  let length = count;
  if (stride > 1) {
    const apart = spread.unsqueeze(axis + 1);
    const after = apart.shape.map((_, i) => (i === axis + 1 ? stride - 1 : 0));
    const padded = apart.pad(
      after.map(() => 0),
      after,
    );
    const merged = grad.shape.map((size, i) => (i === axis ? count * stride : size));
    length = (count - 1) * stride + 1;
    spread = padded.reshape(merged).slice(axis, 0, length);
  }
  const before = grad.shape.map((_, i) => (i === axis ? first : 0));
  const after = grad.shape.map((_, i) => (i === axis ? extent - first - length : 0));
  return first === 0 && length === extent ? spread : spread.pad(before, after);
}

/** Whether ⌊i · in / out⌋ is what engines find, who divide i by the float32 scale out / in. False for 14 → 2, for one. */
function samplesExactly(out: number, into: number): boolean {
  const scale = Math.fround(out / into);
  const found = (i: number) => Math.floor(Math.fround(i / scale));
  return Array.from({ length: out }, (_, i) => i).every((i) => found(i) === Math.floor((i * into) / out));
}

/** 0/1 matrix [out, in] of nearest-neighbour sampling, source ⌊i · in / out⌋. */
function samplingMatrix(out: number, into: number): Tensor {
  const data = new Float32Array(out * into);
  for (let i = 0; i < out; i++) data[i * into + Math.floor((i * into) / out)] = 1;
  return constant(data, [out, into]);
}

export const shapes = {
  Cast: single({
    attributes: { to: "int" },
    infer: ([x], attributes) => {
      const dtype = DTYPE_OF.get(numberAttribute(attributes, "to", 0));
      expectShape(dtype, `unknown element type ${attributes.to}`);
      return { dtype, shape: x.shape };
    },
    vjp: ({ inputs: [x] }, grad) => [FLOATS.includes(x.dtype) ? grad.cast(x.dtype) : undefined],
  }),
  Reshape: single({
    infer: ([x, shape]) => {
      const target = integers(shape);
      expectShape(elements(target) === x.size, `expected ${x.size} elements, got ${show(target)}`);
      return { dtype: x.dtype, shape: target };
    },
    vjp: ({ inputs: [x] }, grad) => [grad.reshape(x.shape), undefined],
  }),
  Transpose: single({
    attributes: { perm: "ints" },
    infer: ([x], attributes) => {
      const perm = intsAttribute(attributes, "perm", []);
      const sorted = [...perm].sort((a, b) => a - b);
      expectShape(
        sameShape(
          sorted,
          x.shape.map((_, axis) => axis),
        ),
        `expected an order of ${x.rank} axes, got ${show(perm)}`,
      );
      return { dtype: x.dtype, shape: perm.map((axis) => x.shape[axis]) };
    },
    vjp: ({ attributes }, grad) => {
      const perm = intsAttribute(attributes, "perm", []);
      return [grad.transpose(perm.map((_, axis) => perm.indexOf(axis)))];
    },
  }),
  Expand: single({
    infer: ([x, shape]) => ({ dtype: x.dtype, shape: broadcast(x.shape, integers(shape)) }),
    vjp: ({ inputs: [x] }, grad) => [sumTo(grad, x.shape), undefined],
  }),
  Concat: single({
    attributes: { axis: "int" },
    infer: (inputs, attributes) => {
      const [first] = inputs;
      const axis = normalizeAxis(numberAttribute(attributes, "axis", 0), first.rank);
      for (const other of inputs) {
        const fits = other.dtype === first.dtype && other.rank === first.rank;
        expectShape(
          fits && other.shape.every((extent, i) => i === axis || extent === first.shape[i]),
          `expected equal types and extents but along axis ${axis}`,
        );
      }
      const extent = inputs.reduce((sum, { shape }) => sum + shape[axis], 0);
      return { dtype: first.dtype, shape: first.shape.map((size, i) => (i === axis ? extent : size)) };
    },
    vjp: ({ inputs, attributes }, grad) => {
      const axis = numberAttribute(attributes, "axis", 0);
      return grad.split(
        axis,
        inputs.map(({ shape }) => shape[axis]),
      );
    },
  }),
  Split: {
    attributes: { axis: "int" },
    infer: ([x, sizes], attributes) => {
      const axis = numberAttribute(attributes, "axis", 0);
      const extents = integers(sizes);
      expectShape(x, "expected a tensor");
      expectShape(
        extents.reduce((a, b) => a + b, 0) === x.shape[axis],
        `sizes ${show(extents)} do not make ${x.shape[axis]}`,
      );
      return extents.map((extent) => ({
        dtype: x.dtype,
        shape: x.shape.map((size, i) => (i === axis ? extent : size)),
      }));
    },
    vjp: ({ outputs, attributes }, grads) => {
      const parts = outputs.map(({ shape }, i) => grads[i] ?? full(shape, 0));
      return [concat(parts, numberAttribute(attributes, "axis", 0)), undefined];
    },
  },
  Slice: single({
    infer: ([x, ...positions]) => {
      const { axis, count } = range(x, positions);
      expectShape(count > 0, `the slice of axis ${axis} of ${show(x.shape)} is empty`);
      return { dtype: x.dtype, shape: x.shape.map((size, i) => (i === axis ? count : size)) };
    },
    vjp: ({ inputs: [x, ...positions] }, grad) => {
      const at = range(x, positions);
      return [unslice(grad, x.shape[at.axis], at), ...positions.map(() => undefined)];
    },
  }),
  Pad: single({
    attributes: { mode: "string" },
    infer: ([x, pads]) => {
      const amounts = integers(pads);
      expectShape(amounts.length === 2 * x.rank && amounts.every((n) => n >= 0), `expected ${2 * x.rank} amounts ≥ 0`);
      return { dtype: x.dtype, shape: x.shape.map((size, i) => size + amounts[i] + amounts[i + x.rank]) };
    },
    vjp: ({ inputs: [x, pads] }, grad) => {
      const amounts = integers(pads);
      let inner = grad;
      for (const [axis, size] of x.shape.entries()) {
        if (grad.shape[axis] !== size) inner = inner.slice(axis, amounts[axis], amounts[axis] + size);
      }
      return [inner, undefined];
    },
  }),
  /** Rows by index. The gradient adds rows through a one-hot product: no scatter, so that every engine runs it. */
  Gather: single({
    attributes: { axis: "int" },
    infer: ([table, indices]) => {
      expectShape(indices.dtype === "int32", `expected int32 indices, got ${indices.dtype}`);
      return { dtype: table.dtype, shape: [...indices.shape, ...table.shape.slice(1)] };
    },
    vjp: ({ inputs: [table, indices] }, grad) => {
      const rows = table.shape[0];
      const every = constant(
        Int32Array.from({ length: rows }, (_, row) => row),
        [1, rows],
      );
      const oneHot = indices.reshape([-1, 1]).equal(every).cast("float32");
      const flat = grad.reshape([indices.size, -1]);
      return [oneHot.matmul(flat, { transA: true }).reshape(table.shape), undefined];
    },
  }),
  /** Nearest neighbour to given sizes of [B, C, H, W], source index ⌊i · in / out⌋ as in PyTorch. */
  Resize: single({
    attributes: { mode: "string", coordinate_transformation_mode: "string", nearest_mode: "string" },
    infer: ([x, , , sizes]) => {
      const shape = integers(sizes);
      for (const axis of [2, 3]) {
        const fits = samplesExactly(shape[axis], x.shape[axis]);
        expectShape(fits, `engines would miss pixels by rounding from ${x.shape[axis]} to ${shape[axis]}`);
      }
      return { dtype: x.dtype, shape };
    },
    vjp: ({ inputs: [x], outputs: [y] }, grad) => {
      const [batch, channels, height, width] = x.shape;
      const [, , outHeight, outWidth] = y.shape;
      const none = [undefined, undefined, undefined];
      if (outHeight % height === 0 && outWidth % width === 0) {
        const cells = [batch, channels, height, outHeight / height, width, outWidth / width];
        return [grad.reshape(cells).sum([3, 5]), ...none];
      }
      const rows = samplingMatrix(outHeight, height).transpose([1, 0]).matmul(grad);
      return [rows.matmul(samplingMatrix(outWidth, width)), ...none];
    },
  }),
} satisfies Record<string, OpRule>;
