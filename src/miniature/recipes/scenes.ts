/** Which scenes are for training and which are for measuring, and pictures of them as the networks take them. */

import type { Image } from "../../image/image.ts";
import { type NdArray, ndarray } from "../../ndarray.ts";
import { philox4x32 } from "../../random/philox.ts";

/** Seeds below this are never trained on: scenes, pairs and captions for measuring are drawn from them. */
export const FIRST_TRAINING_SEED = 1_000_000;

/** The use of Philox's numbers, besides those of `train/fine-tune/denoising-task.ts`. */
const SCENES = 3;

/**
 * The seeds of a training's examples, by number: with `seed` 0 one after the other, with another others, in no order. None
 * of either is used for measuring.
 *
 * @param seed that of the training, an integer in 0 … 2^53 − 1
 */
export function trainingSeeds(seed: number): (index: number) => number {
  if (seed === 0) return (index) => FIRST_TRAINING_SEED + index;
  const words = (value: number) => [value % 2 ** 32, Math.floor(value / 2 ** 32)] as const;
  return (index) => {
    const [drawn] = philox4x32([...words(index), SCENES, 0], words(seed));
    return FIRST_TRAINING_SEED + (drawn % (2 ** 32 - FIRST_TRAINING_SEED));
  };
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
