/** Tiled decoding, with a decoder that works position by position, so that tiles and the whole must agree. */

import { expect, it } from "vitest";
import { vaeConfig } from "../../src/models/vae-config.ts";
import { elements, type NdArray, ndarray } from "../../src/ndarray.ts";
import { type Decoder, decodeLatents } from "../../src/pipelines/decode.ts";
import type { Program } from "../../src/runtime/runtime.ts";

const FACTOR = 2;
const tiles: (readonly number[])[] = [];

/** Enlarges the first three channels by repetition. */
function enlarge({ shape: [, , height, width], data }: NdArray): NdArray<Float32Array> {
  tiles.push([height, width]);
  const shape = [1, 3, height * FACTOR, width * FACTOR];
  const at = (i: number) => {
    const x = Math.floor((i % shape[3]) / FACTOR);
    const y = Math.floor((Math.floor(i / shape[3]) % shape[2]) / FACTOR);
    return data[(Math.floor(i / (shape[2] * shape[3])) * height + y) * width + x];
  };
  return ndarray(
    Float32Array.from({ length: elements(shape) }, (_, i) => at(i)),
    shape,
  );
}

const program: Program = {
  inputs: [],
  outputs: [],
  run: async ({ latents }) => ({ image: enlarge(latents) }),
  dispose: async () => {},
  [Symbol.asyncDispose]: async () => {},
};
const decoder = (memory: "fast" | "low"): Decoder => ({
  memory,
  networks: {
    vae: {
      config: vaeConfig({
        block_out_channels: [32, 32],
        down_block_types: ["DownEncoderBlock2D", "DownEncoderBlock2D"],
        up_block_types: ["UpDecoderBlock2D", "UpDecoderBlock2D"],
      }),
      store: { has: () => false, parameter: () => expect.unreachable() },
    },
  },
  programs: {
    run: async (_key, _build, { latents }) => ({ image: enlarge(latents) }),
    hold: async () => program,
    release: async () => {},
  },
});

it.each([
  [66, 140],
  [160, 40],
  [48, 48],
])("latents of %i × %i give the same picture in tiles as at once", async (height, width) => {
  const shape = [1, 4, height, width];
  const latents = ndarray(
    Float32Array.from({ length: elements(shape) }, (_, i) => Math.sin(0.37 * i)),
    shape,
  );
  const whole = await decodeLatents(decoder("fast"), latents, { height, width });
  tiles.length = 0;
  const tiled = await decodeLatents(decoder("low"), latents, { height, width });
  expect(tiles.every(([h, w]) => h <= 48 && w <= 48)).toBe(true);
  expect(tiled.data.every((value, i) => Math.abs(value - whole.data[i]) <= 1)).toBe(true);
  expect([tiled.width, tiled.height]).toEqual([width * FACTOR, height * FACTOR]);
});
