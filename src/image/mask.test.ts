/** Masks: both conventions, and kept pixels kept to the byte. */

import { describe, expect, it } from "vitest";
import { noise, noiseImage } from "../../test/golden/image/noise.ts";
import { UsageError } from "../errors.ts";
import { composite, toMask } from "./mask.ts";

describe("toMask", () => {
  it("takes opacity where there is any", () => {
    const alpha = Uint8Array.of(0, 255, 7, 128, 255, 0);
    expect(toMask({ ...noiseImage(3, 2, 1), alpha })).toEqual({ width: 3, height: 2, alpha });
  });

  it("takes white as edit otherwise, weighting colours as Pillow does", () => {
    const data = Uint8Array.of(255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30);
    expect([...toMask({ width: 3, height: 2, data }).alpha]).toEqual([0, 255, 179, 105, 226, 237]);
  });
});

describe("composite", () => {
  const source = { ...noiseImage(16, 16, 1), alpha: noise(256, 3) };
  const edited = noiseImage(16, 16, 2);

  it("keeps, replaces and mixes", () => {
    const alpha = new Uint8Array(256).map((_, i) => i);
    const { data, alpha: opacity } = composite(source, edited, { width: 16, height: 16, alpha });
    expect(data.slice(255 * 3)).toEqual(source.data.slice(255 * 3));
    expect(data.slice(0, 3)).toEqual(edited.data.slice(0, 3));
    expect(opacity).toBe(source.alpha);
    data.forEach((value, i) => {
      const keep = Math.trunc(i / 3) / 255;
      expect(Math.abs(value - (source.data[i] * keep + edited.data[i] * (1 - keep)))).toBeLessThanOrEqual(0.5);
    });
  });

  it("refuses other sizes", () => {
    const mask = { width: 16, height: 16, alpha: new Uint8Array(256) };
    expect(() => composite(source, noiseImage(16, 15, 1), mask)).toThrow("the edited picture is 16 × 15");
    expect(() => composite(source, edited, { width: 8, height: 32, alpha: mask.alpha })).toThrow(UsageError);
  });
});
