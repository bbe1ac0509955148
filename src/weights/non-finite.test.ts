import { describe, expect, it } from "vitest";
import type { DType } from "../ndarray.ts";
import { findNonFinite } from "./non-finite.ts";
import { bytesFromFloats, type FloatDType } from "./tensor-bytes.ts";
import type { TensorRef } from "./tensor-ref.ts";

function ref(name: string, dtype: DType, bytes: Uint8Array): [TensorRef, Uint8Array] {
  return [{ name, dtype, shape: [bytes.length], file: "m", offset: 0, length: bytes.length }, bytes];
}

function search(tensors: [TensorRef, Uint8Array][], options?: { signal: AbortSignal }) {
  const data = new Map(tensors.map(([{ name }, bytes]) => [name, bytes]));
  const read = async ({ name }: TensorRef, start: number, length: number) =>
    data.get(name)!.subarray(start, start + length);
  return findNonFinite(
    tensors.map(([tensor]) => tensor),
    read,
    options,
  );
}

describe("looking for numbers that are none", () => {
  it.each<[FloatDType, number]>([
    ["float64", Number.NaN],
    ["float32", Number.POSITIVE_INFINITY],
    ["float16", 1e6],
    ["bfloat16", Number.NEGATIVE_INFINITY],
  ])("finds the first in %s", async (dtype, value) => {
    const clean = ref("a", dtype, bytesFromFloats(Float32Array.of(1, 65504 / 2, -0), dtype));
    const broken = ref("b", dtype, bytesFromFloats(Float32Array.of(0, 1, value, Number.NaN), dtype));
    const expected = dtype === "float16" ? Number.POSITIVE_INFINITY : value;
    expect(await search([clean, broken])).toEqual({ tensor: "b", index: 2, value: expected });
    expect(await search([clean])).toBeUndefined();
  });

  it("counts on over the pieces a large tensor is read in", async () => {
    const values = new Float32Array(5_000_000);
    values[4_700_001] = Number.NaN;
    const found = await search([ref("w", "float32", bytesFromFloats(values, "float32"))]);
    expect(found).toEqual({ tensor: "w", index: 4_700_001, value: Number.NaN });
  });

  it("passes over integers, whatever their bits", async () => {
    expect(await search([ref("ids", "int32", new Uint8Array(8).fill(255))])).toBeUndefined();
  });

  it("stops when told to", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(search([ref("w", "float32", new Uint8Array(8))], { signal })).rejects.toThrow("enough");
  });
});
