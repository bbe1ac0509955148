/** Between interleaved RGBA, as codecs hold pixels, and pictures with opacity apart. */

import type { Image } from "./image.ts";

/** Splits `height * width * 4` bytes; opacity that is full everywhere is dropped. */
export function fromRgba(width: number, height: number, rgba: Uint8Array | Uint8ClampedArray): Image {
  const area = width * height;
  const data = new Uint8Array(area * 3);
  const alpha = new Uint8Array(area);
  let opaque = true;
  for (let i = 0; i < area; i++) {
    data[i * 3] = rgba[i * 4];
    data[i * 3 + 1] = rgba[i * 4 + 1];
    data[i * 3 + 2] = rgba[i * 4 + 2];
    alpha[i] = rgba[i * 4 + 3];
    opaque &&= alpha[i] === 255;
  }
  return opaque ? { width, height, data } : { width, height, data, alpha };
}

/** Interleaves to `height * width * 4` bytes; opacity is 255 where the picture has none. */
export function toRgba({ width, height, data, alpha }: Image): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) {
    rgba[i * 4] = data[i * 3];
    rgba[i * 4 + 1] = data[i * 3 + 1];
    rgba[i * 4 + 2] = data[i * 3 + 2];
    if (alpha !== undefined) rgba[i * 4 + 3] = alpha[i];
  }
  return rgba;
}
