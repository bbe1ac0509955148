/** Resampling against Pillow: every byte of small results, hashes of larger ones. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { noise, noiseImage } from "../../test/golden/image/noise.ts";
import { UsageError } from "../errors.ts";
import { type Box, type Filter, resize, resizeRaster } from "./resample.ts";
import { fromRgba, toRgba } from "./rgba.ts";

interface Case {
  from: [number, number, number];
  seed: number;
  filter: Filter;
  to: [number, number];
  box?: Box;
  base64?: string;
  sha256?: string;
}

const golden = new URL("../../test/golden/image/resample.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(golden, "utf8")) as { cases: Case[] };

function resized({ from: [width, height, channels], seed, filter, to, box }: Case): Uint8Array {
  const options = { width: to[0], height: to[1], filter, box };
  const data = noise(width * height * channels, seed);
  if (channels !== 4) return resizeRaster({ width, height, channels, data }, options);
  return new Uint8Array(toRgba(resize(fromRgba(width, height, data), options)).buffer);
}

describe("resize", () => {
  it.each(["bilinear", "bicubic", "lanczos"] as const)("gives Pillow's bytes (%s)", (filter) => {
    const mine = cases.filter((c) => c.filter === filter);
    expect(mine.length).toBeGreaterThan(60);
    for (const c of mine) {
      const bytes = resized(c);
      const label = JSON.stringify({ ...c, base64: undefined, sha256: undefined });
      if (c.base64 !== undefined) expect(bytes, label).toEqual(Uint8Array.from(Buffer.from(c.base64, "base64")));
      else expect(createHash("sha256").update(bytes).digest("hex"), label).toBe(c.sha256);
    }
  });

  it("returns a copy when the size stays", () => {
    const image = noiseImage(5, 3, 1);
    const same = resize(image, { width: 5, height: 3 });
    expect(same).toEqual(image);
    expect(same.data).not.toBe(image.data);
  });

  it("refuses empty sizes and boxes that leave the picture", () => {
    const image = noiseImage(5, 3, 1);
    expect(() => resize(image, { width: 0, height: 3 })).toThrow(UsageError);
    expect(() => resize(image, { width: 5.5, height: 3 })).toThrow("5.5 × 3");
    expect(() => resize(image, { width: 5, height: 3, box: [0, 0, 5.5, 3] })).toThrow("inside the picture of 5 × 3");
    expect(() => resize(image, { width: 5, height: 3, box: [2, 0, 2, 3] })).toThrow(UsageError);
    expect(() => resize(image, { width: 5, height: 3, box: [0, Number.NaN, 5, 3] })).toThrow(UsageError);
  });
});
