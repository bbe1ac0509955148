/** The bytes of a stored tensor as float32 numbers, and back. Files and hosts are little-endian. */

import { ShapeError } from "../errors.ts";
import { DTYPE_BYTES, type DType } from "../ndarray.ts";
import { narrowToBfloat16, narrowToFloat16, widenBfloat16, widenFloat16 } from "./float16.ts";

/** Element types that float32 values can be stored as. */
export type FloatDType = "float64" | "float32" | "float16" | "bfloat16";

/**
 * Elements of any stored type as float32: exact for float16, bfloat16, int16, int8, uint8 and bool (0 or 1), rounded
 * for float64, int64 and int32. The result may share memory with `bytes`.
 *
 * @throws ShapeError when `bytes` is not a whole number of elements.
 */
export function floatsFromBytes(bytes: Uint8Array, dtype: DType): Float32Array {
  if (bytes.length % DTYPE_BYTES[dtype] !== 0) {
    throw new ShapeError(`expected a multiple of ${DTYPE_BYTES[dtype]} bytes of ${dtype}, got ${bytes.length}`);
  }
  const [buffer, offset, length] = aligned(bytes, DTYPE_BYTES[dtype]);
  switch (dtype) {
    case "float32":
      return new Float32Array(buffer, offset, length);
    case "float16":
      return widenFloat16(new Uint16Array(buffer, offset, length));
    case "bfloat16":
      return widenBfloat16(new Uint16Array(buffer, offset, length));
    case "float64":
      return Float32Array.from(new Float64Array(buffer, offset, length));
    case "int64":
      return Float32Array.from(new BigInt64Array(buffer, offset, length), Number);
    case "int32":
      return Float32Array.from(new Int32Array(buffer, offset, length));
    case "int16":
      return Float32Array.from(new Int16Array(buffer, offset, length));
    case "int8":
      return Float32Array.from(new Int8Array(buffer, offset, length));
    case "uint8":
      return Float32Array.from(bytes);
    case "bool":
      return Float32Array.from(bytes, (byte) => (byte === 0 ? 0 : 1));
  }
}

/** Float32 values as the bytes of `dtype`, rounded to nearest even. The result may share memory with `values`. */
export function bytesFromFloats(values: Float32Array, dtype: FloatDType): Uint8Array {
  const stored = {
    float64: () => Float64Array.from(values),
    float32: () => values,
    float16: () => narrowToFloat16(values),
    bfloat16: () => narrowToBfloat16(values),
  }[dtype]();
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
}

/** The memory of `bytes`, copied if its start does not suit a typed array of `size`-byte elements. */
function aligned(bytes: Uint8Array, size: number): [memory: ArrayBufferLike, offset: number, length: number] {
  const { buffer, byteOffset } = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  return [buffer, byteOffset, bytes.length / size];
}
