/** Numbers for tests: deterministic, without structure, and how far apart two lists of them are. */

import { elements, type NdArray, ndarray } from "../../src/ndarray.ts";

/** Fixed numbers in about −scale + shift … scale + shift. Different seeds give unrelated numbers. */
export function numbers(
  shape: readonly number[],
  { seed = 1, scale = 1, shift = 0 }: { seed?: number; scale?: number; shift?: number } = {},
): NdArray<Float32Array> {
  const value = (_: unknown, i: number) => Math.sin(12.9898 * i + 78.233 * seed) * scale + shift;
  return ndarray(Float32Array.from({ length: elements(shape) }, value), shape);
}

/** `numbers` pushed away from 0 by `gap`, for functions with a kink there. */
export function clearOfZero(shape: readonly number[], options: { seed?: number; gap?: number } = {}): NdArray {
  const { data } = numbers(shape, options);
  const { gap = 0.2 } = options;
  return ndarray(
    data.map((x) => (x < 0 ? x - gap : x + gap)),
    shape,
  );
}

/** A tensor of given elements. */
export function array(data: readonly number[], shape: readonly number[] = [data.length]): NdArray<Float32Array> {
  return ndarray(Float32Array.from(data), shape);
}

/** Int32 elements. */
export function integers(data: readonly number[], shape: readonly number[] = [data.length]): NdArray<Int32Array> {
  return ndarray(Int32Array.from(data), shape);
}

/** Largest |got − wanted|, as a part of the largest |wanted|. NaN when lengths or shapes differ, or a value is NaN. */
export function relativeError(got: NdArray, wanted: NdArray): number {
  if (`${got.shape}` !== `${wanted.shape}` || got.data.length !== wanted.data.length) return Number.NaN;
  let [worst, largest] = [0, 0];
  for (const [i, value] of wanted.data.entries()) {
    worst = Math.max(worst, Math.abs(got.data[i] - value));
    largest = Math.max(largest, Math.abs(value));
  }
  return largest === 0 ? worst : worst / largest;
}
