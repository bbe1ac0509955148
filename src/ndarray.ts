/** Host tensors: a shape and a flat, row-major typed array. All maths outside the graph is written on these. */

import { ShapeError } from "./errors.ts";

/** Element types that occur in graphs and checkpoints, spelled as in this code base; `weights/` maps file spellings. */
export type DType =
  | "float64"
  | "float32"
  | "float16"
  | "bfloat16"
  | "int64"
  | "int32"
  | "int16"
  | "int8"
  | "uint8"
  | "bool";

/** Bytes per element. */
export const DTYPE_BYTES: Readonly<Record<DType, number>> = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
};

/** A host tensor of float32 (`Float32Array`) or int32 (`Int32Array`) elements: all that crosses a graph's edge. */
export interface NdArray<Data extends Float32Array | Int32Array = Float32Array | Int32Array> {
  readonly shape: readonly number[];
  readonly data: Data;
}

/** Number of elements of a shape; 1 for a scalar (`[]`). */
export function elements(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** Wraps `data` as a tensor of `shape`. @throws ShapeError when the element counts differ. */
export function ndarray<Data extends Float32Array | Int32Array>(data: Data, shape: readonly number[]): NdArray<Data> {
  if (data.length !== elements(shape)) {
    throw new ShapeError(`expected ${elements(shape)} elements for shape [${shape.join(", ")}], got ${data.length}`);
  }
  return { shape, data };
}

/** A float32 tensor of zeros. */
export function zeros(shape: readonly number[]): NdArray<Float32Array> {
  return { shape, data: new Float32Array(elements(shape)) };
}

/** Arrays of one length, one after the other, as a tensor of `shape`. @throws ShapeError when the element counts differ */
export function stacked(rows: readonly Float32Array[], shape: readonly number[]): NdArray<Float32Array> {
  const data = new Float32Array(rows.reduce((sum, row) => sum + row.length, 0));
  let at = 0;
  for (const row of rows) {
    data.set(row, at);
    at += row.length;
  }
  return ndarray(data, shape);
}
