/**
 * Classifier-free guidance for two conditions (Brooks et al. 2022, eq. 3), on what the network predicts:
 *
 *   e(∅,∅) + s_I · (e(I,∅) − e(∅,∅)) + s_T · (e(I,T) − e(I,∅))
 *
 * It is linear and its coefficients sum to 1, so it is the same on noise, velocity and denoised samples.
 */

import { UsageError } from "../errors.ts";
import { combine } from "./combine.ts";
import type { Model } from "./denoiser.ts";

/** How strongly the result follows the instruction (s_T) and keeps the input image (s_I). */
export interface GuidanceScales {
  readonly textGuidance: number;
  readonly imageGuidance: number;
}

/** One evaluation of the network: with the instruction or without, with the input image or without, and its weight. */
export interface Branch {
  readonly text: boolean;
  readonly image: boolean;
  readonly weight: number;
}

/** The network on one sample under several conditions: one output for each branch, in order. */
export type BranchedModel = (
  x: Float32Array,
  t: number,
  branches: readonly Branch[],
) => Promise<readonly Float32Array[]>;

/**
 * The evaluations that guidance needs, in diffusers' order (I,T), (I,∅), (∅,∅), without those of weight 0: two for
 * s_I = 1 or s_T = s_I or s_T = 0, one where both are 1 or both are 0. The weights sum to 1.
 * @throws UsageError when a scale is not finite.
 */
export function branches({ textGuidance, imageGuidance }: GuidanceScales): readonly Branch[] {
  if (!Number.isFinite(textGuidance) || !Number.isFinite(imageGuidance)) {
    throw new UsageError(`guidance scales are finite numbers, got text ${textGuidance} and image ${imageGuidance}`);
  }
  const all = [
    { text: true, image: true, weight: textGuidance },
    { text: false, image: true, weight: imageGuidance - textGuidance },
    { text: false, image: false, weight: 1 - imageGuidance },
  ];
  return all.filter(({ weight }) => weight !== 0);
}

/** The guided prediction from the outputs for `branches`. */
export function guided(outputs: readonly Float32Array[], branches: readonly Branch[]): Float32Array {
  return combine(...branches.map(({ weight }, i) => [weight, outputs[i]] as const));
}

/** The network under guidance, as a network with one output. @throws UsageError when a scale is not finite. */
export function guide(model: BranchedModel, scales: GuidanceScales): Model {
  const needed = branches(scales);
  return async (x, t) => guided(await model(x, t, needed), needed);
}
