/**
 * The acceptance numbers of diffusers' own nightly tests, on the real weights: three steps of "turn him into a cyborg" with
 * s_T 7.5, s_I 1.0 and CPU seed 0 on `example.jpg` of diffusers/test-arrays (stable_diffusion_pix2pix, 512 × 512).
 */

import { expect, it } from "vitest";
import type { SamplerName } from "../../src/diffusion/samplers.ts";
import { readImage } from "../../src/image/decode.node.ts";
import { InstructPix2Pix } from "../../src/pipelines/instruct-pix2pix.node.ts";

const MODEL = process.env.IP2P_REAL_WEIGHTS;
const PHOTO = process.env.IP2P_REAL_PHOTO;
const HINT =
  MODEL && PHOTO
    ? ""
    : " (skipped: set IP2P_REAL_WEIGHTS to timbrooks/instruct-pix2pix, IP2P_REAL_PHOTO to example.jpg)";

/** The blue channel of the last 3 × 3 pixels, 0 … 1. */
const CORNERS: [SamplerName | undefined, number[]][] = [
  [undefined, [0.5902, 0.6015, 0.6027, 0.5983, 0.6092, 0.6061, 0.5765, 0.5785, 0.5555]],
  ["lms", [0.6578, 0.6817, 0.6972, 0.6761, 0.6856, 0.6916, 0.6428, 0.6516, 0.6301]],
  ["ddim", [0.3828, 0.3834, 0.3818, 0.3792, 0.3865, 0.3752, 0.3792, 0.3847, 0.3753]],
];

it.skipIf(HINT !== "").each(CORNERS)(
  `the published weights with sampler %s${HINT}`,
  async (sampler, corner) => {
    await using model = await InstructPix2Pix.load(MODEL ?? "");
    const photo = await readImage(PHOTO ?? "");
    const options = {
      steps: 3,
      textGuidance: 7.5,
      imageGuidance: 1,
      seed: 0,
      sampler,
      resolution: "native",
      restore: false,
    } as const;
    const { width, height, data } = await model.edit(photo, "turn him into a cyborg", options);
    const blue = [3, 2, 1].flatMap((row) =>
      [3, 2, 1].map((column) => data[((height - row) * width + width - column) * 3 + 2]),
    );
    // Half a level of rounding to bytes beside the tolerance of 1e-3.
    for (const [i, value] of blue.entries()) expect(Math.abs(value / 255 - corner[i])).toBeLessThan(1e-3 + 0.5 / 255);
  },
  600_000,
);
