import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { narrowToBfloat16, narrowToFloat16, widenBfloat16, widenFloat16 } from "./float16.ts";
import { bytesFromFloats, type FloatDType, floatsFromBytes } from "./tensor-bytes.ts";

const golden: Record<"float32" | "float16" | "bfloat16", number[]> = JSON.parse(
  readFileSync(new URL("../../test/golden/weights/roundings.json", import.meta.url), "utf8"),
);
const EVERY_PATTERN = Uint16Array.from({ length: 65536 }, (_, i) => i);

/** The value of a binary float by definition: sign, exponent and mantissa fields of the widths given. */
function meaningOf(pattern: number, exponentBits: number, mantissaBits: number): number {
  const sign = pattern >> (exponentBits + mantissaBits) === 0 ? 1 : -1;
  const exponent = (pattern >> mantissaBits) & (2 ** exponentBits - 1);
  const mantissa = (pattern & (2 ** mantissaBits - 1)) / 2 ** mantissaBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1) return mantissa === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? mantissa * 2 ** (1 - bias) : (1 + mantissa) * 2 ** (exponent - bias));
}

describe.each([
  ["float16", 5, 10, widenFloat16, narrowToFloat16],
  ["bfloat16", 8, 7, widenBfloat16, narrowToBfloat16],
] as const)("%s", (name, exponentBits, mantissaBits, widen, narrow) => {
  it("widens every pattern to the value it stands for", () => {
    const values = widen(EVERY_PATTERN);
    const wrong = EVERY_PATTERN.filter(
      (pattern) => !Object.is(values[pattern], meaningOf(pattern, exponentBits, mantissaBits)),
    );
    expect([...wrong]).toEqual([]);
  });

  it("narrows every value it can hold back to the same pattern", () => {
    const back = narrow(widen(EVERY_PATTERN));
    const wrong = EVERY_PATTERN.filter(
      (pattern) => !Number.isNaN(meaningOf(pattern, exponentBits, mantissaBits)) && back[pattern] !== pattern,
    );
    expect([...wrong]).toEqual([]);
  });

  it("rounds as PyTorch does", () => {
    const values = new Float32Array(Uint32Array.from(golden.float32).buffer);
    const narrowed = narrow(values);
    for (const [i, value] of values.entries()) {
      if (Number.isNaN(value)) expect(widen(narrowed.subarray(i, i + 1))[0]).toBeNaN();
      else expect([golden.float32[i], narrowed[i]]).toEqual([golden.float32[i], golden[name][i]]);
    }
  });

  it("rounds to the nearest value, ties to the even pattern", () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true }), (value) => {
        const pattern = narrow(Float32Array.of(value))[0];
        const magnitude = pattern & 0x7fff;
        const distance = (p: number) => Math.abs(overflowing(p) - Math.abs(value));
        // Infinity rounds as the value that would follow the largest one.
        const infinite = (2 ** exponentBits - 1) << mantissaBits;
        const overflowing = (p: number) =>
          p < infinite ? meaningOf(p, exponentBits, mantissaBits) : 2 ** (2 ** (exponentBits - 1));
        if (!Number.isFinite(value)) return magnitude === infinite;
        const neighbours = [magnitude - 1, magnitude + 1].filter((p) => p >= 0 && p <= infinite);
        const nearest = neighbours.every(
          (p) => distance(p) > distance(magnitude) || (distance(p) === distance(magnitude) && magnitude % 2 === 0),
        );
        return (magnitude === infinite && Math.abs(value) >= overflowing(infinite)) || nearest;
      }),
      { numRuns: 5000, seed: 3 },
    );
  });
});

describe("the bytes of a tensor", () => {
  it("hold what was stored, also where they are not aligned", () => {
    const values = Float32Array.of(1.5, -0.25, 3, 65504);
    for (const dtype of ["float64", "float32", "float16", "bfloat16"] as FloatDType[]) {
      const bytes = bytesFromFloats(dtype === "bfloat16" ? values.subarray(0, 3) : values, dtype);
      const shifted = new Uint8Array(bytes.length + 1);
      shifted.set(bytes, 1);
      expect([...floatsFromBytes(shifted.subarray(1), dtype)]).toEqual(
        [...values].slice(0, dtype === "bfloat16" ? 3 : 4),
      );
    }
  });

  it("are whole elements", () => {
    expect(() => floatsFromBytes(new Uint8Array(7), "float16")).toThrow(/multiple of 2 bytes of float16, got 7/);
  });
});
