/**
 * The resizing in front of CLIP in the reference's metric: cubic interpolation with a = -0.75 between pixel centres,
 * of floats, without antialiasing, aspect ratio ignored (PyTorch's `interpolate(mode="bicubic", align_corners=False)`).
 * It aliases when it shrinks; scores only compare with published ones if it does.
 */

import { ShapeError } from "../errors.ts";
import { type NdArray, ndarray } from "../ndarray.ts";

/** The four source positions and weights of each output position. */
interface Taps {
  readonly index: Int32Array;
  readonly weight: Float64Array;
}

/**
 * Resizes `[N, C, H, W]` to `[N, C, height, width]`. Values may overshoot the input's range.
 *
 * @throws ShapeError when `images` is not of rank 4 or a side is not positive.
 */
export function clipResize(
  images: NdArray<Float32Array>,
  size: { height: number; width: number },
): NdArray<Float32Array> {
  if (images.shape.length !== 4) throw new ShapeError(`expected [N, C, H, W], got [${images.shape.join(", ")}]`);
  const [n, c, fromHeight, fromWidth] = images.shape;
  const { height, width } = size;
  if (!(Number.isInteger(width) && Number.isInteger(height) && Math.min(height, width, fromHeight, fromWidth) >= 1)) {
    throw new ShapeError(`cannot resize ${fromHeight} × ${fromWidth} to ${height} × ${width}`);
  }
  const rows = taps(fromHeight, height);
  const columns = taps(fromWidth, width);
  const out = new Float32Array(n * c * height * width);
  const line = new Float64Array(fromWidth);
  let o = 0;
  for (let plane = 0; plane < n * c; plane++) {
    for (let y = 0; y < height; y++) {
      line.fill(0);
      for (let k = y * 4; k < y * 4 + 4; k++) {
        const row = (plane * fromHeight + rows.index[k]) * fromWidth;
        for (let x = 0; x < fromWidth; x++) line[x] += images.data[row + x] * rows.weight[k];
      }
      for (let x = 0; x < width; x++) {
        let sum = 0;
        for (let k = x * 4; k < x * 4 + 4; k++) sum += line[columns.index[k]] * columns.weight[k];
        out[o++] = sum;
      }
    }
  }
  return ndarray(out, [n, c, height, width]);
}

function taps(length: number, size: number): Taps {
  const index = new Int32Array(size * 4);
  const weight = new Float64Array(size * 4);
  // PyTorch finds positions in single precision; on a slope the difference shows in the fifth digit.
  const scale = Math.fround(length / size);
  for (let i = 0; i < size; i++) {
    const centre = Math.fround(scale * (i + 0.5) - 0.5);
    const first = Math.floor(centre) - 1;
    for (let k = 0; k < 4; k++) {
      index[i * 4 + k] = Math.min(Math.max(first + k, 0), length - 1);
      weight[i * 4 + k] = cubic(Math.abs(centre - first - k));
    }
  }
  return { index, weight };
}

/** Keys' cubic convolution kernel. */
function cubic(x: number): number {
  const a = -0.75;
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}
