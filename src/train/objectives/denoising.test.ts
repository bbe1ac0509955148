import { describe, expect, it } from "vitest";
import { relativeError } from "../../../test/graph/arrays.ts";
import { formulas } from "../../../test/train/goldens.ts";
import { ndarray } from "../../ndarray.ts";
import { type Random, torchCpuRandom } from "../../random.ts";
import { keptConditions } from "../conditioning-dropout.ts";
import { lossWeight } from "../loss-weight.ts";
import { changeOf, denoisingFeeds, type LatentExample } from "./denoising.ts";

interface Noising {
  readonly seed: number;
  readonly shape: readonly [number, number, number];
  readonly alphaBar: readonly number[];
  readonly examples: readonly {
    readonly target: readonly number[];
    readonly image: readonly number[];
    readonly timestep: number;
    readonly u: number;
    readonly noise: readonly number[];
    readonly noisy: readonly number[];
    readonly velocity: readonly number[];
  }[];
}

const golden = formulas<Noising>("noising");
const { shape, examples: rows } = golden;
const alphaBar = Float32Array.from(golden.alphaBar);
const edits: readonly LatentExample[] = rows.map(({ target, image }) => ({
  target: Float32Array.from(target),
  image: Float32Array.from(image),
}));
const random = () => torchCpuRandom(golden.seed);
const size = 4 * 2 * 3;

/** Rows of a batch beside each other. */
function expectRows(got: Float32Array | Int32Array, wanted: readonly (readonly number[])[]): void {
  const flat = Float32Array.from(wanted.flat());
  const all = [flat.length];
  expect(relativeError(ndarray(Float32Array.from(got), all), ndarray(flat, all))).toBeLessThan(1e-6);
}

describe("noised edits", () => {
  const { feeds, keptText } = denoisingFeeds(edits, random(), { shape, alphaBar, dropout: 0.3 });

  it("are diffusers', draw for draw, beside the picture's latents where these are kept", () => {
    expect(feeds.sample.shape).toEqual([6, 8, 2, 3]);
    expect([...feeds.timestep.data]).toEqual(rows.map(({ timestep }) => timestep));
    const images = rows.map(({ image, u }) => (keptConditions(u, 0.3).image ? image : image.map(() => 0)));
    expectRows(
      feeds.sample.data,
      rows.map(({ noisy }, i) => [...noisy, ...images[i]]),
    );
    expect(new Set(images.map((image) => image.every((value) => value === 0))).size).toBe(2);
  });

  it("drop texts by the same number", () => {
    expect(keptText).toEqual(rows.map(({ u }) => keptConditions(u, 0.3).text));
    expect(new Set(keptText).size).toBe(2);
  });

  it("have the noise as target, and equal weights", () => {
    expectRows(
      feeds.target.data,
      rows.map(({ noise }) => noise),
    );
    expect([...feeds.weight.data]).toEqual(rows.map(() => 1));
  });

  it("have the velocity as target, and min-SNR weights, where so wanted", () => {
    const options = { shape, alphaBar, prediction: "v_prediction", minSnr: 5 } as const;
    const { feeds } = denoisingFeeds(edits, random(), options);
    expectRows(
      feeds.target.data,
      rows.map(({ velocity }) => velocity),
    );
    expectRows(feeds.weight.data, [rows.map(({ timestep }) => lossWeight(alphaBar[timestep], "v_prediction", 5))]);
  });
});

describe("noised pictures without an edit", () => {
  const pictures = edits.map(({ target }) => ({ target }));

  it("have no further channels, and drop the text alone", () => {
    const { feeds, keptText } = denoisingFeeds(pictures, random(), { shape, alphaBar, dropout: 0.5 });
    expect(feeds.sample.shape).toEqual([6, 4, 2, 3]);
    expectRows(
      feeds.sample.data,
      rows.map(({ noisy }) => noisy),
    );
    expect(keptText).toEqual(rows.map(({ u }) => u >= 0.5));
  });
});

describe("timesteps and noise", () => {
  it("are uniform over all timesteps, and normal", () => {
    const many: readonly LatentExample[] = Array.from({ length: 4000 }, () => ({ target: new Float32Array(size) }));
    const stream: Random = torchCpuRandom(8);
    const { feeds } = denoisingFeeds(many, stream, { shape, alphaBar });
    const timesteps = [...feeds.timestep.data];
    expect([Math.min(...timesteps), Math.max(...timesteps)].map((t) => Math.round(t / 100))).toEqual([0, 10]);
    expect(timesteps.reduce((sum, t) => sum + t, 0) / 4000 / 500).toBeCloseTo(1, 1);
    const squares = Array.from(feeds.target.data).reduce((sum, value) => sum + value * value, 0);
    expect(squares / feeds.target.data.length).toBeCloseTo(1, 1);
  });

  it("are later or earlier where that is asked for: of two draws, the later is at two thirds", () => {
    const many: readonly LatentExample[] = Array.from({ length: 4000 }, () => ({ target: new Float32Array(size) }));
    for (const late of [0.5, 1, -0.5, -1]) {
      const { feeds } = denoisingFeeds(many, torchCpuRandom(8), { shape, alphaBar, late });
      const mean = [...feeds.timestep.data].reduce((sum, t) => sum + t, 0) / 4000 / 1000;
      expect(Math.abs(mean - (0.5 + late / 6))).toBeLessThan(0.015);
    }
  });

  it("depend on the stream alone", () => {
    const one = denoisingFeeds(edits, torchCpuRandom(3), { shape, alphaBar });
    expect(denoisingFeeds(edits, torchCpuRandom(3), { shape, alphaBar })).toEqual(one);
  });
});

describe("emphasis on what an edit changes", () => {
  const before = Float32Array.from([1, 2, 3, 4, 5, 6]); // 2 channels of 3 positions
  const after = Float32Array.from([1, 2.4, 4, 4, 5, 7]);

  it("sees a position's change over all channels, half at a fifth of a deviation", () => {
    // Mean squares of the difference: 0, 0.4² / 2, 1.
    const wanted = [0, 0.08 / (0.08 + 0.04), 1 / 1.04];
    expectRows(changeOf(before, after, 2), [wanted]);
    expect(
      changeOf(
        before,
        before.map((value) => value + 0.2),
        2,
      )[1],
    ).toBeCloseTo(0.5, 5);
  });

  it("counts changed positions more, and every example as much as before", () => {
    const change = Float32Array.from({ length: 6 }, (_, at) => (at === 4 ? 1 : 0));
    const examples = [{ ...edits[0], change }, { ...edits[1], change: change.map(() => 1) }, edits[2]];
    const { feeds } = denoisingFeeds(examples, random(), { shape, alphaBar, emphasis: 5 });
    const mean = (6 + 5) / 6;
    expect(feeds.importance.shape).toEqual([3, 1, 2, 3]);
    expectRows(feeds.importance.data, [
      [0, 1, 2, 3, 4, 5].map((at) => (at === 4 ? 6 : 1) / mean),
      ...[1, 2].map(() => [1, 1, 1, 1, 1, 1]),
    ]);
  });

  it("is the paper's loss where there is none", () => {
    expect(denoisingFeeds(edits, random(), { shape, alphaBar }).feeds.importance).toBeUndefined();
  });
});
