/** How far apart two pictures are, pixel by pixel. */

import { ShapeError } from "../errors.ts";
import type { Image } from "../image/image.ts";
import { expectSameSize } from "./lab.ts";

/** Which pixels count: those that are not 0 in `where` [H, W]. Default: all. */
export interface PixelChoice {
  readonly where?: Uint8Array;
}

/** Peak signal-to-noise ratio over all bytes, in decibels: 10 log₁₀(255² / MSE). Infinite for equal pictures. */
export function psnr(a: Image, b: Image): number {
  expectSameSize(a, b);
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += (a.data[i] - b.data[i]) ** 2;
  return 10 * Math.log10((255 ** 2 * a.data.length) / sum);
}

/** The mean of |a − b| over pixels and channels, 0 … 1; undefined when no pixel counts. @throws ShapeError */
export function meanAbsoluteDifference(a: Image, b: Image, { where }: PixelChoice = {}): number | undefined {
  expectSameSize(a, b);
  return meanWhere(a.width * a.height, where, (pixel) => {
    let sum = 0;
    for (let i = 3 * pixel; i < 3 * pixel + 3; i++) sum += Math.abs(a.data[i] - b.data[i]);
    return sum / (3 * 255);
  });
}

/** The share of distances [H, W] that are at most `limit`; undefined when no pixel counts. @throws ShapeError */
export function shareWithin(distances: Float64Array, limit: number, { where }: PixelChoice = {}): number | undefined {
  return meanWhere(distances.length, where, (pixel) => (distances[pixel] <= limit ? 1 : 0));
}

function meanWhere(
  pixels: number,
  where: Uint8Array | undefined,
  value: (pixel: number) => number,
): number | undefined {
  if (where !== undefined && where.length !== pixels) {
    throw new ShapeError(`expected a mask of ${pixels} pixels like the pictures, got one of ${where.length}`);
  }
  let [sum, count] = [0, 0];
  for (let pixel = 0; pixel < pixels; pixel++) {
    if (where !== undefined && where[pixel] === 0) continue;
    sum += value(pixel);
    count++;
  }
  return count === 0 ? undefined : sum / count;
}
