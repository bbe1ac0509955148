/** From examples to what the loss is fed with, with an encoder that can be seen through. */

import { describe, expect, it } from "vitest";
import type { EditExample } from "../../data/dataset.ts";
import { unetConfig } from "../../models/unet-config.ts";
import type { NdArray } from "../../ndarray.ts";
import type { Encoder } from "../latents.ts";
import { encodedText } from "./conditioning.ts";
import { type DenoisingTaskOptions, denoisingTask, microBatchRandom } from "./denoising-task.ts";
import { noisePairs } from "./tiny.test-data.ts";

const SIZE = 6;
const AREA = 4 * SIZE * SIZE;
const [TOKENS, WIDTH] = [5, 32];
const BATCH = 3;
const SCALE = 0.25;

/** Latents are the first bytes of a picture, states of a text its length and its first letter. */
const encoder = (logVariance: number): Encoder => ({
  picture: async ({ data }) => ({
    mean: Float32Array.from({ length: AREA }, (_, i) => data[i] / 16),
    logVariance: new Float32Array(AREA).fill(logVariance),
  }),
  text: async (words) =>
    Float32Array.from({ length: TOKENS * WIDTH }, (_, i) => (i % 2 ? words.length : words.charCodeAt(0) || 0)),
});

function task(channels: 4 | 8, options: Partial<DenoisingTaskOptions> = {}) {
  const dataset = noisePairs(9);
  return denoisingTask({
    unet: {
      config: unetConfig({ in_channels: channels, cross_attention_dim: WIDTH }),
      initial: () => new Float32Array(),
      scope: (p) => p,
    },
    encoder: encoder(-60),
    conditioning: encodedText(encoder(-60), TOKENS, WIDTH),
    scalingFactor: SCALE,
    examples: { at: (index) => examplesOf(index, dataset) },
    ...{ size: SIZE, seed: 3, dropout: 0 },
    alphaBar: Float32Array.of(0.9, 0.5, 0.2),
    ...options,
  });
}

function examplesOf(index: number, dataset = noisePairs(9)): Promise<EditExample[]> {
  const numbers = Array.from({ length: BATCH }, (_, i) => (index * BATCH + i) % dataset.length);
  return Promise.all(numbers.map((number) => dataset.read(number, microBatchRandom(0, 0))));
}

const row = ({ data, shape }: NdArray, i: number) => {
  const stride = data.length / shape[0];
  return [...data.subarray(i * stride, (i + 1) * stride)];
};

/** The picture that was noised, told from the noise: (x − √(1−ᾱ) ε) / √ᾱ. */
function denoised(feeds: Readonly<Record<string, NdArray>>, i: number): number[] {
  const alphaBar = [0.9, 0.5, 0.2][feeds.timestep.data[i]];
  const eps = row(feeds.target, i);
  return row(feeds.sample, i)
    .slice(0, AREA)
    .map((x, j) => (x - Math.sqrt(1 - alphaBar) * eps[j]) / Math.sqrt(alphaBar));
}

describe("edits", () => {
  it("denoise the edited picture, scaled, beside the input picture, not scaled, led by the instruction", async () => {
    const feeds = await task(8).feeds(1, BATCH);
    expect(feeds.sample.shape).toEqual([BATCH, 8, SIZE, SIZE]);
    expect(feeds.text.shape).toEqual([BATCH, TOKENS, WIDTH]);
    for (const [i, { input, edited, instruction }] of (await examplesOf(1)).entries()) {
      const target = [...edited.data.subarray(0, AREA)].map((value) => (SCALE * value) / 16);
      for (const [j, value] of denoised(feeds, i).entries()) expect(value).toBeCloseTo(target[j], 4);
      expect(row(feeds.sample, i).slice(AREA)).toEqual([...input.data.subarray(0, AREA)].map((value) => value / 16));
      expect(row(feeds.text, i).slice(0, 2)).toEqual([instruction.charCodeAt(0), instruction.length]);
    }
  });

  it("draw from the posterior of the edited picture", async () => {
    const feeds = await task(8, { encoder: encoder(Math.log(4)) }).feeds(0, BATCH);
    const examples = await examplesOf(0);
    const drawn = examples.flatMap(({ edited }, i) =>
      denoised(feeds, i).map((value, j) => value / SCALE - edited.data[j] / 16),
    );
    const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
    const variance = drawn.reduce((sum, value) => sum + (value - mean) ** 2, 0) / drawn.length;
    expect(Math.abs(mean)).toBeLessThan(0.3);
    expect(variance).toBeGreaterThan(3.2);
    expect(variance).toBeLessThan(4.8);
  });

  it("leave out conditions together: the empty text, zeros for the picture", async () => {
    const dropping = task(8, { dropout: 1 / 3 });
    const seen = new Set<string>();
    for (let index = 0; index < 12; index++) {
      const feeds = await dropping.feeds(index, BATCH);
      for (let i = 0; i < BATCH; i++) {
        const text = row(feeds.text, i).every((value) => value === 0);
        const image = row(feeds.sample, i)
          .slice(AREA)
          .every((value) => value === 0);
        seen.add(`${text ? "no text" : "text"}, ${image ? "no image" : "image"}`);
      }
    }
    expect([...seen].sort()).toEqual(["no text, image", "no text, no image", "text, no image"]);
  });

  it("are a function of the number of the micro-batch and the seed", async () => {
    const one = task(8);
    const [third, first] = [await one.feeds(3, BATCH), await one.feeds(1, BATCH)];
    expect(await task(8).feeds(1, BATCH)).toEqual(first);
    expect(await one.feeds(3, BATCH)).toEqual(third);
    expect((await task(8, { seed: 4 }).feeds(1, BATCH)).target.data).not.toEqual(first.target.data);
  });
});

describe("text to image", () => {
  it("denoises the edited picture alone, led by its caption", async () => {
    const feeds = await task(4).feeds(0, BATCH);
    expect(feeds.sample.shape).toEqual([BATCH, 4, SIZE, SIZE]);
    expect(row(feeds.text, 2).slice(0, 2)).toEqual(["e".charCodeAt(0), "edited picture 2".length]);
  });

  it("wants captions", async () => {
    const examples = { at: async () => (await examplesOf(0)).map(({ captions: _, ...example }) => example) };
    await expect(task(4, { examples }).feeds(0, BATCH)).rejects.toThrow(/^noise\/0 has no caption/);
  });
});

it("streams of micro-batches are unrelated", () => {
  const draws = new Set<number>();
  for (const seed of [0, 1, 2 ** 40]) {
    for (const index of [0, 1, 2, 2 ** 32, 2 ** 33]) draws.add(microBatchRandom(seed, index).integer(2 ** 32));
  }
  expect(draws.size).toBe(15);
});
