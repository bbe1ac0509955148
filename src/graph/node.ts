/** The data structure of the graph: values (`Tensor`) joined by operations (`Node`), connected by object identity. */

import type { DType } from "../ndarray.ts";

/** Attribute values, as ONNX knows them; whether a number is an int or a float is said by the op's table entry. */
export type Attribute = number | string | readonly number[];
export type Attributes = Readonly<Record<string, Attribute>>;

/** `TensorProto.DataType` numbers. */
export const ONNX_DTYPE: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  bfloat16: 16,
};

/** Element type and static shape of a value. */
export interface ValueType {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** Where a weight's bytes lie in a file; nothing is read to build a graph. */
export interface Storage {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

export type ConstantData = Float32Array | Int32Array | BigInt64Array | Uint8Array;

/** A value that no operation computes. */
export type Leaf =
  | { readonly kind: "input"; readonly name: string }
  | { readonly kind: "weight"; readonly name: string; readonly storage: Storage }
  | { readonly kind: "constant"; readonly data: ConstantData };

/** One operation. `inputs` are exactly the ONNX operator's inputs; an omitted optional input is `undefined`. */
export interface Node<Value> {
  readonly id: number;
  readonly op: string;
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: Attributes;
  readonly outputs: readonly Value[];
}

let created = 0;

/** Numbers nodes in the order of their creation, which is also a topological order. */
export function nextNodeId(): number {
  return created++;
}
