/**
 * The smallest model there is: `y = x`, for a tensor of any shape. It probes whether a device works, and moves tensors
 * between main memory and a GPU, which the engine offers no other way to do everywhere.
 */

import type { NdArray } from "../ndarray.ts";

/** Protobuf fields of onnx.proto, by hand: a length-delimited field, and an integer one (all lengths are below 128). */
const bytes = (field: number, content: readonly number[]): number[] => [(field << 3) | 2, content.length, ...content];
const text = (field: number, content: string): number[] => bytes(field, [...new TextEncoder().encode(content)]);
const integer = (field: number, value: number): number[] => [field << 3, value];

/** The model's ONNX bytes (IR version 10, opset 21); input `x`, output `y`. */
export function identityModel(dtype: "float32" | "int32"): Uint8Array {
  const tensorType = bytes(1, integer(1, dtype === "float32" ? 1 : 6)); // no shape: any rank, any extents
  const value = (name: string) => [...text(1, name), ...bytes(2, tensorType)];
  const node = [...text(1, "x"), ...text(2, "y"), ...text(4, "Identity")];
  const graph = [...bytes(1, node), ...text(2, "identity"), ...bytes(11, value("x")), ...bytes(12, value("y"))];
  return Uint8Array.from([...integer(1, 10), ...bytes(8, integer(2, 21)), ...bytes(7, graph)]);
}

/** The element type of a host tensor. */
export function dtypeOf({ data }: NdArray): "float32" | "int32" {
  return data instanceof Float32Array ? "float32" : "int32";
}
