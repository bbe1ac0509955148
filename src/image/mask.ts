/** Masks: which part of a picture may change, and putting the rest back untouched. */

import { UsageError } from "../errors.ts";
import type { Image } from "./image.ts";

/** One byte per pixel: 0 = edit here, 255 = keep the source's pixels, a blend between. */
export interface Mask {
  readonly width: number;
  readonly height: number;
  readonly alpha: Uint8Array;
}

/**
 * Reads a picture as a mask. If it has opacity, that is the mask: transparent = edit here (the OpenAI convention).
 * Otherwise its brightness is: white = edit here, black = keep (the convention of Stable Diffusion web UIs). An alpha
 * channel that is opaque everywhere counts as none, so a black and white drawing means the same with and without one.
 */
export function toMask({ width, height, data, alpha }: Image): Mask {
  if (alpha !== undefined) return { width, height, alpha };
  const keep = new Uint8Array(width * height).map((_, i) => 255 - brightness(data, i * 3));
  return { width, height, alpha: keep };
}

/**
 * The source where the mask keeps, the edit where it does not, mixed in proportion between, rounded to nearest. Where
 * the mask is 255 the bytes are exactly the source's. Opacity is the source's.
 *
 * @throws UsageError when the three are not of one size.
 */
export function composite(source: Image, edited: Image, mask: Mask): Image {
  expectSize("mask", mask, source);
  expectSize("edited picture", edited, source);
  const data = new Uint8Array(source.data.length).map((_, i) => {
    const keep = mask.alpha[Math.trunc(i / 3)];
    return Math.trunc((source.data[i] * keep + edited.data[i] * (255 - keep) + 127) / 255);
  });
  return { ...source, data };
}

/** Luma with the weights of ITU-R BT.601 in 16-bit fixed point, rounded, as Pillow turns RGB to grey. */
function brightness(data: Uint8Array, i: number): number {
  return (data[i] * 19595 + data[i + 1] * 38470 + data[i + 2] * 7471 + 0x8000) >> 16;
}

function expectSize(what: string, { width, height }: Mask | Image, source: Image): void {
  if (width === source.width && height === source.height) return;
  throw new UsageError(
    `the ${what} is ${width} × ${height} pixels, the picture ${source.width} × ${source.height}: make them the same size`,
  );
}
