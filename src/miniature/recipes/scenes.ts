/** Which scenes are for training and which are for measuring, and pictures of them as the networks take them. */

import type { Image } from "../../image/image.ts";
import { type NdArray, ndarray } from "../../ndarray.ts";

/** Seeds below this are never trained on: scenes, pairs and captions for measuring are drawn from them. */
export const FIRST_TRAINING_SEED = 1_000_000;

/** The seed of the `index`-th training example. Training does not come around to the first again. */
export function trainingSeed(index: number): number {
  return FIRST_TRAINING_SEED + index;
}

/** Pictures of one size as [B, 3, H, W] in [−1, 1]. At least one. */
export function pixels(images: readonly Image[]): NdArray<Float32Array> {
  const [{ width, height }] = images;
  const area = width * height;
  const data = new Float32Array(images.length * 3 * area);
  for (const [i, image] of images.entries()) {
    for (let channel = 0; channel < 3; channel++) {
      const plane = data.subarray((3 * i + channel) * area, (3 * i + channel + 1) * area);
      for (let at = 0; at < area; at++) plane[at] = image.data[3 * at + channel] / 127.5 - 1;
    }
  }
  return ndarray(data, [images.length, 3, height, width]);
}
