/** The source pictures of the goldens here: noise from the formula in tools/oracle/image_resample.py. */

import type { Image } from "../../../src/image/image.ts";

/** Top byte of (i + seed) * 2654435761 mod 2^32; blown up to black and white in every third block of 16 bytes. */
export function noise(length: number, seed: number): Uint8Array {
  return new Uint8Array(length).map((_, i) => {
    const value = Math.imul(i + seed, 2654435761) >>> 24;
    if ((i >> 4) % 3 !== 0) return value;
    return value < 128 ? 0 : 255;
  });
}

/** A picture of noise without opacity. */
export function noiseImage(width: number, height: number, seed: number): Image {
  return { width, height, data: noise(width * height * 3, seed) };
}
