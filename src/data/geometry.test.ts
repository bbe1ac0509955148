/** Training squares against Pillow and PyTorch's draws, and what must hold of any. */

import { describe, expect, it } from "vitest";
import { noiseImage } from "../../test/golden/image/noise.ts";
import { UsageError } from "../errors.ts";
import type { Image } from "../image/image.ts";
import { resize } from "../image/resample.ts";
import { type Random, torchCpuRandom } from "../random.ts";
import type { EditExample } from "./dataset.ts";
import { checkGeometry, fitPair, type GeometryOptions } from "./geometry.ts";
import { expected, sha256 } from "./golden.test-data.ts";

function pairOf([width, height]: readonly [number, number], [before, after]: readonly [number, number]): EditExample {
  const images = { input: noiseImage(width, height, before), edited: noiseImage(width, height, after) };
  return { ...images, instruction: "make it snow", id: "1" };
}

/** A stream whose uniform draws are all `value`, and whose integers are the least. */
function constant(value: number): Random {
  return { ...torchCpuRandom(0), uniform: () => value, integer: () => 0 };
}

describe("fitPair", () => {
  it.each(expected.geometry)("of $size with seed $seed and $options is Pillow's", (given) => {
    const fitted = fitPair(pairOf(given.size, given.noise), given.options, torchCpuRandom(given.seed));
    expect([sha256(fitted.input.data), sha256(fitted.edited.data)]).toEqual([given.input, given.edited]);
    expect([fitted.edited.width, fitted.edited.height]).toEqual([64, 64]);
  });

  it("cuts both pictures at one place and mirrors both or none", () => {
    const example = pairOf([53, 71], [4, 4]);
    const options = { resolution: 40, resize: [44, 60] } as const;
    const squares = Array.from({ length: 40 }, (_, seed) => fitPair(example, options, torchCpuRandom(seed)));
    for (const { input, edited } of squares) expect(sha256(edited.data)).toBe(sha256(input.data));
    expect(new Set(squares.map(({ input }) => sha256(input.data))).size).toBeGreaterThan(30);
  });

  it("draws the side from both ends of its range and the place from all there are", () => {
    const example = pairOf([53, 71], [1, 2]);
    const options = { resolution: 40, resize: [44, 60] } as const;
    const bounds: number[] = [];
    const least = { ...constant(0.5), integer: (bound: number) => bounds.push(bound) * 0 };
    const greatest = { ...constant(0.5), integer: (bound: number) => bound - 1 };
    expect(sha256(fitPair(example, options, least).edited.data)).toBe(sha256(cut(example.edited, 44, 0, 40)));
    expect(sha256(fitPair(example, options, greatest).edited.data)).toBe(sha256(cut(example.edited, 60, 20, 40)));
    expect(bounds).toEqual([17, 5, 5]);
  });

  it.each([
    ["safe", "make it snow", undefined, true],
    ["safe", "remove the man on the left", undefined, false],
    ["safe", "make it snow", { input: "a man on the right", output: "snow" }, false],
    ["safe", "make it snow", { input: "a man", output: "his right hand" }, false],
    ["always", "remove the man on the left", undefined, true],
    ["never", "make it snow", undefined, false],
  ] as const)("with flip %s, %j %j is mirrored: %s", (flip, instruction, captions, isMirrored) => {
    const example = { ...pairOf([48, 36], [1, 2]), instruction, captions };
    const fitted = fitPair(example, { resolution: 64, flip }, constant(0.49));
    const plain = fitPair(example, { resolution: 64, flip }, constant(0.5));
    for (const half of ["input", "edited"] as const) {
      const wanted = isMirrored ? mirrored(plain[half].data, 64) : plain[half].data;
      expect(sha256(fitted[half].data)).toBe(sha256(wanted));
    }
    expect(sha256(mirrored(plain.input.data, 64))).not.toBe(sha256(plain.input.data));
    expect(fitted).toMatchObject({ instruction, id: "1" });
  });

  it("sees the colours under opacity as they are stored", () => {
    const example = pairOf([48, 36], [1, 2]);
    const veiled = { ...example, input: { ...example.input, alpha: new Uint8Array(48 * 36) } };
    const options = { resolution: 40 };
    const [covered, bare] = [veiled, example].map((pair) => fitPair(pair, options, torchCpuRandom(1)).input);
    expect(covered.alpha).toBeUndefined();
    expect(sha256(covered.data)).toBe(sha256(bare.data));
  });
});

describe("checkGeometry", () => {
  it.each<GeometryOptions>([
    { resolution: 0 },
    { resolution: 64.5 },
    { resolution: 64, resize: [60, 80] },
    { resolution: 64, resize: [80, 72] },
    { resolution: 64, resize: [64, 64], fit: "diffusers" },
  ])("refuses %j", (options) => {
    expect(() => checkGeometry(options)).toThrow(UsageError);
    expect(() => fitPair(pairOf([48, 36], [1, 2]), options, torchCpuRandom(1))).toThrow(UsageError);
  });
});

/** The square at (`from`, `from`) of a picture resized to `side` × `side`. */
function cut(image: Image, side: number, from: number, size: number): Uint8Array {
  const { data } = resize(image, { width: side, height: side });
  const at = (i: number) => {
    const [y, x, c] = [Math.floor(i / 3 / size), Math.floor(i / 3) % size, i % 3];
    return data[((from + y) * side + from + x) * 3 + c];
  };
  return new Uint8Array(size * size * 3).map((_, i) => at(i));
}

function mirrored(data: Uint8Array, width: number): Uint8Array {
  const at = (i: number) => {
    const [y, x, c] = [Math.floor(i / 3 / width), Math.floor(i / 3) % width, i % 3];
    return data[(y * width + width - 1 - x) * 3 + c];
  };
  return data.map((_, i) => at(i));
}
