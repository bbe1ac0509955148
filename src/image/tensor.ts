/** Pictures as the network sees them, float32 NCHW in [-1, 1], and back, with diffusers' roundings. */

import { ShapeError } from "../errors.ts";
import { type NdArray, ndarray } from "../ndarray.ts";
import type { Image } from "./image.ts";

/** 2 (v / 255) - 1 in single precision, for each byte. */
const NORMALISED = Float32Array.from({ length: 256 }, (_, v) => 2 * Math.fround(v / 255) - 1);

/**
 * Stacks pictures of one size as `[N, 3, H, W]` in [-1, 1]. Opacity is left out.
 *
 * @throws ShapeError without pictures or with pictures of different sizes.
 */
export function toTensor(images: readonly Image[]): NdArray<Float32Array> {
  if (images.length === 0) throw new ShapeError("expected at least one picture");
  const [{ width, height }] = images;
  const area = width * height;
  const out = new Float32Array(images.length * 3 * area);
  for (const [n, image] of images.entries()) {
    if (image.width !== width || image.height !== height) {
      throw new ShapeError(
        `expected pictures of one size: the first is ${width} × ${height}, number ${n + 1} is ${image.width} × ${image.height}`,
      );
    }
    for (let c = 0; c < 3; c++) {
      const plane = (n * 3 + c) * area;
      for (let i = 0; i < area; i++) out[plane + i] = NORMALISED[image.data[i * 3 + c]];
    }
  }
  return ndarray(out, [images.length, 3, height, width]);
}

/**
 * Unstacks `[N, 3, H, W]` in [-1, 1] into N pictures: x / 2 + 1/2, clamped to [0, 1], times 255, rounded half to even.
 *
 * @throws ShapeError when the shape is another.
 */
export function fromTensor(tensor: NdArray<Float32Array>): Image[] {
  const [n, channels, height, width] = tensor.shape;
  if (tensor.shape.length !== 4 || channels !== 3) {
    throw new ShapeError(`expected [N, 3, H, W], got [${tensor.shape.join(", ")}]`);
  }
  const area = width * height;
  return Array.from({ length: n }, (_, image) => {
    // A clamped array rounds half to even by itself.
    const data = new Uint8ClampedArray(area * 3);
    for (let c = 0; c < 3; c++) {
      const plane = (image * 3 + c) * area;
      for (let i = 0; i < area; i++) {
        const unit = Math.fround(tensor.data[plane + i] * 0.5 + 0.5);
        data[i * 3 + c] = Math.fround(Math.min(Math.max(unit, 0), 1) * 255);
      }
    }
    return { width, height, data: new Uint8Array(data.buffer) };
  });
}
