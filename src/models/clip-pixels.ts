/** Pictures as CLIP's image encoder reads them. */

import type { NdArray } from "../ndarray.ts";

/** Statistics of CLIP's training pictures in [0, 1], by channel. */
const MEAN = [0.48145466, 0.4578275, 0.40821073] as const;
const DEVIATION = [0.26862954, 0.26130258, 0.27577711] as const;

/** Pictures [B, 3, H, W] in [−1, 1], normalised; changes its argument. */
export function clipPixels(images: NdArray<Float32Array>): NdArray<Float32Array> {
  const [, , height, width] = images.shape;
  const area = height * width;
  for (let at = 0; at < images.data.length; at++) {
    const channel = Math.floor(at / area) % 3;
    images.data[at] = ((images.data[at] + 1) / 2 - MEAN[channel]) / DEVIATION[channel];
  }
  return images;
}
