/** Colours as eyes tell them apart: CIE L*a*b* for the white of daylight (D65), and the distance ΔE of 1976. */

import { ShapeError } from "../errors.ts";
import type { Image } from "../image/image.ts";

/** Linear light of each sRGB byte (IEC 61966-2-1), 0 … 1. */
const LINEAR = Float64Array.from({ length: 256 }, (_, byte) => {
  const value = byte / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
});

/** Rows X, Y, Z of linear sRGB, each divided by D65's own X, Y or Z. */
const WHITE = [0.95047, 1, 1.08883];
const XYZ = [
  [0.4124564, 0.3575761, 0.1804375],
  [0.2126729, 0.7151522, 0.072175],
  [0.0193339, 0.119192, 0.9503041],
].map((row, i) => row.map((weight) => weight / WHITE[i]));

const EDGE = (6 / 29) ** 3;

function compress(t: number): number {
  return t > EDGE ? Math.cbrt(t) : (29 / 6) ** 2 * (t / 3) + 4 / 29;
}

/** L* in 0 … 100, a*, b*, interleaved: [H, W, 3]. */
export function toLab({ data }: Image): Float64Array {
  const lab = new Float64Array(data.length);
  for (let i = 0; i < data.length; i += 3) {
    const red = LINEAR[data[i]];
    const green = LINEAR[data[i + 1]];
    const blue = LINEAR[data[i + 2]];
    const x = compress(XYZ[0][0] * red + XYZ[0][1] * green + XYZ[0][2] * blue);
    const y = compress(XYZ[1][0] * red + XYZ[1][1] * green + XYZ[1][2] * blue);
    const z = compress(XYZ[2][0] * red + XYZ[2][1] * green + XYZ[2][2] * blue);
    lab[i] = 116 * y - 16;
    lab[i + 1] = 500 * (x - y);
    lab[i + 2] = 200 * (y - z);
  }
  return lab;
}

/**
 * ΔE of 1976 at every pixel, [H, W]: the Euclidean distance in L*a*b*. Below 2 hardly anybody sees a difference.
 *
 * @throws ShapeError when the pictures are of different sizes
 */
export function deltaE(a: Image, b: Image): Float64Array {
  expectSameSize(a, b);
  const [p, q] = [toLab(a), toLab(b)];
  return Float64Array.from({ length: a.width * a.height }, (_, pixel) => {
    const i = 3 * pixel;
    return Math.sqrt((p[i] - q[i]) ** 2 + (p[i + 1] - q[i + 1]) ** 2 + (p[i + 2] - q[i + 2]) ** 2);
  });
}

/** @throws ShapeError naming both sizes when they differ */
export function expectSameSize(a: Image, b: Image): void {
  if (a.width === b.width && a.height === b.height) return;
  throw new ShapeError(
    `expected two pictures of one size, got ${a.width} × ${a.height} and ${b.width} × ${b.height}: resize one of them`,
  );
}
