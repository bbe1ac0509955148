/** Cutting a rectangle out of a picture. */

import type { Image } from "./image.ts";

/** A rectangle in whole pixels. */
export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The part of a picture within a rectangle, which has to lie inside it. */
export function crop(image: Image, { left, top, width, height }: Rectangle): Image {
  if (width === image.width && height === image.height) return image;
  return {
    width,
    height,
    data: cropPlane(image.data, 3 * image.width, { left: 3 * left, top, width: 3 * width, height }),
  };
}

/** The same of a plane of numbers in rows of `stride`. */
export function cropPlane<Numbers extends Uint8Array | Float32Array>(
  plane: Numbers,
  stride: number,
  { left, top, width, height }: Rectangle,
): Numbers {
  const out = (
    plane instanceof Uint8Array ? new Uint8Array(width * height) : new Float32Array(width * height)
  ) as Numbers;
  for (let y = 0; y < height; y++) {
    const from = (top + y) * stride + left;
    out.set(plane.subarray(from, from + width), y * width);
  }
  return out;
}
