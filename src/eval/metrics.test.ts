import { readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";

import { ShapeError, UsageError } from "../errors.ts";
import type { Image } from "../image/image.ts";
import { bootstrapMean, bootstrapMeans } from "./bootstrap.ts";
import { clipSimilarities, cosine, nearestText } from "./clip-similarity.ts";
import { genevaScore } from "./geneva.ts";
import { deltaE, toLab } from "./lab.ts";
import { paintBench, THRESHOLDS } from "./paint-bench.ts";
import { meanAbsoluteDifference, psnr, shareWithin } from "./picture-difference.ts";
import { shareOf, wilson } from "./wilson.ts";

const golden = JSON.parse(readFileSync(new URL("../../test/golden/eval/metrics.json", import.meta.url), "utf8"));
const picture = ({ width, height, data }: { width: number; height: number; data: number[] }): Image => {
  return { width, height, data: Uint8Array.from(data) };
};
const { pictures } = golden;
const [input, answer, output] = [pictures.input, pictures.answer, pictures.output].map(picture);
const where = Uint8Array.from(pictures.mask);

/** A picture of one colour. */
const plain = (width: number, height: number, colour: readonly number[]): Image => {
  return { width, height, data: Uint8Array.from({ length: width * height * 3 }, (_, i) => colour[i % 3]) };
};

const expectClose = (actual: ArrayLike<number>, expected: readonly number[], tolerance: number) => {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) expect(Math.abs(actual[i] - expected[i])).toBeLessThanOrEqual(tolerance);
};

describe("L*a*b*", () => {
  it("is numpy's", () => {
    expectClose(toLab(input), pictures.lab, 1e-9);
    expectClose(deltaE(input, output), pictures.deltaE, 1e-9);
  });

  it("has white at 100, 0, 0 and black at 0, 0, 0", () => {
    expectClose(toLab(plain(1, 1, [255, 255, 255])), [100, 0, 0], 2e-3);
    expectClose(toLab(plain(1, 1, [0, 0, 0])), [0, 0, 0], 1e-12);
  });

  it("refuses pictures of two sizes", () => {
    expect(() => deltaE(plain(2, 1, [0, 0, 0]), plain(1, 2, [0, 0, 0]))).toThrow(
      new ShapeError("expected two pictures of one size, got 2 × 1 and 1 × 2: resize one of them"),
    );
  });
});

describe("differences between pictures", () => {
  it("are numpy's, over all pixels and over some", () => {
    expect(psnr(input, output)).toBeCloseTo(pictures.psnr, 9);
    expect(meanAbsoluteDifference(input, output)).toBeCloseTo(pictures.meanAbsoluteDifference.all, 12);
    expect(meanAbsoluteDifference(input, output, { where })).toBeCloseTo(pictures.meanAbsoluteDifference.masked, 12);
    const distances = deltaE(input, output);
    expect(shareWithin(distances, 10)).toBeCloseTo(pictures.within10.all, 12);
    expect(shareWithin(distances, 10, { where })).toBeCloseTo(pictures.within10.masked, 12);
  });

  it("are nothing between equal pictures, and unknown where no pixel counts", () => {
    expect(psnr(input, input)).toBe(Number.POSITIVE_INFINITY);
    expect(meanAbsoluteDifference(input, input)).toBe(0);
    expect(meanAbsoluteDifference(input, output, { where: where.map(() => 0) })).toBeUndefined();
  });

  it("refuse a mask of another size", () => {
    expect(() => meanAbsoluteDifference(input, output, { where: where.subarray(1) })).toThrow(
      /117 pixels.*got one of 116/,
    );
  });
});

describe("PaintBench's score", () => {
  const numbers = (scores: ReturnType<typeof paintBench>) =>
    scores.at.map(({ editAccuracy, preservationAccuracy, iou }) => [editAccuracy, preservationAccuracy, iou]);

  it.each([
    ["an edit", answer, output, pictures.paintBench],
    ["the input unchanged", answer, input, pictures.unchanged],
    ["a change where none is asked for", input, output, pictures.noop],
    [
      "an output of another size",
      picture(pictures.large.answer),
      picture(pictures.large.output),
      pictures.large.paintBench,
    ],
  ])("of %s is numpy's and Pillow's", (_name, target, made, expected: number[][]) => {
    const scores = paintBench({ input, answer: target, output: made });
    for (const [i, row] of numbers(scores).entries()) expectClose(row, expected[i], 1e-12);
    expect(scores.mean.iou).toBeCloseTo(expected.reduce((sum, row) => sum + row[2], 0) / THRESHOLDS.length, 12);
  });

  it("is 1 for the answer itself, and for nothing where nothing is asked for", () => {
    const perfect = { editAccuracy: 1, preservationAccuracy: 1, iou: 1 };
    expect(paintBench({ input, answer, output: answer }).mean).toEqual(perfect);
    expect(paintBench({ input, answer: input, output: input }).mean).toEqual(perfect);
  });
});

describe("Wilson's interval", () => {
  test.each(golden.intervals as [number, number, number, number][])("of %i of %i is scipy's", (k, n, low, high) => {
    const share = wilson(k, n);
    expect(share).toMatchObject({ successes: k, n, share: k / n });
    expectClose([share.low, share.high], [low, high], 1e-12);
  });

  it("needs trials, and no more successes than those", () => {
    expect(() => shareOf([])).toThrow(
      new UsageError("expected a number of successes among at least 1 trial, got 0 of 0"),
    );
    expect(() => wilson(3, 2)).toThrow(/got 3 of 2/);
    expect(shareOf([true, false, true])).toMatchObject({ successes: 2, n: 3 });
  });
});

describe("the bootstrap", () => {
  it("draws as torch and is as wide as numpy says", () => {
    const { sample, resamples, seed, interval } = golden.bootstrap;
    const { mean, low, high, n } = bootstrapMean(sample, { resamples, seed });
    expectClose([mean, low, high], interval, 1e-12);
    expect(n).toBe(sample.length);
  });

  it("draws several numbers of an item together", () => {
    const items = golden.bootstrap.sample.map((value: number) => ({ value, twice: 2 * value }));
    const { value, twice } = bootstrapMeans(items, ["value", "twice"], { seed: 3 });
    expect(value).toEqual(bootstrapMean(golden.bootstrap.sample, { seed: 3 }));
    expectClose([twice.mean, twice.low, twice.high], [2 * value.mean, 2 * value.low, 2 * value.high], 1e-12);
  });

  it("has no width for equal values, and needs values", () => {
    expect(bootstrapMean([2, 2, 2, 2])).toEqual({ n: 4, mean: 2, low: 2, high: 2 });
    expect(() => bootstrapMean([])).toThrow(UsageError);
  });
});

describe("GeNeVA's score", () => {
  it("is numpy's for classes that occur once", () => {
    expect(golden.geneva.length).toBeGreaterThan(0);
    for (const { found, truth, score } of golden.geneva) {
      const { precision, recall, f1, rsim } = genevaScore(found, truth)!;
      expectClose([precision, recall, f1, rsim], score, 1e-12);
    }
  });

  it("tells equal objects apart by where they are", () => {
    const balls = [0.8, 0.2].map((x) => ({ label: "red ball", x, y: 0.8 }));
    expect(genevaScore(balls, balls.toReversed())).toEqual({ precision: 1, recall: 1, f1: 1, rsim: 1 });
    expect(genevaScore(balls.slice(0, 1), balls)).toMatchObject({ precision: 1, recall: 0.5, f1: 2 / 3 });
    // One common object; of its two relations to the middle, that across is another.
    expect(genevaScore(balls.slice(0, 1), balls)).toMatchObject({ rsim: 0.5 * 0.5 });
  });

  it("is not defined where nothing should be", () => {
    expect(genevaScore([{ label: "red ball", x: 0, y: 0 }], [])).toBeUndefined();
  });
});

describe("CLIP's similarities", () => {
  const [i0, i1, t0, t1] = (golden.clip.embeddings as number[][]).map((values) => Float32Array.from(values));

  it("are torch's", () => {
    const similarities = clipSimilarities({ images: [i0, i1], captions: [t0, t1] });
    for (const name of ["image", "direction", "input", "output"] as const) {
      expect(similarities[name]).toBeCloseTo(golden.clip[name], 6);
    }
  });

  it("do not depend on lengths, and have no direction where nothing changes", () => {
    const twice = i1.map((value) => 2 * value);
    const similarities = clipSimilarities({ images: [i0, twice], captions: [t0, t1] });
    expect(similarities.direction).toBeCloseTo(golden.clip.direction, 6);
    expect(clipSimilarities({ images: [i0, i0], captions: [t0, t1] })).toMatchObject({ direction: 0 });
    expect(cosine(i0, i0)).toBeCloseTo(1, 12);
  });

  it("find the nearest text", () => {
    expect(nearestText(i1, [t0, i0, i1.map((value) => value / 3), t1])).toBe(2);
  });
});
