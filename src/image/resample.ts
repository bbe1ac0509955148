/** Resampling of 8-bit pictures, bit for bit what Pillow's `Image.resize` gives. */

import { UsageError } from "../errors.ts";
import type { Image } from "./image.ts";

/** Kernels by Pillow's names: triangle (support 1), cubic with a = -0.5 (support 2), windowed sinc with a = 3. */
export type Filter = "bilinear" | "bicubic" | "lanczos";

/** Left, top, right, bottom in source pixels; fractions are allowed. */
export type Box = readonly [left: number, top: number, right: number, bottom: number];

export interface ResizeOptions {
  /** Width of the result in pixels, an integer >= 1. */
  readonly width: number;
  /** Height of the result in pixels, an integer >= 1. */
  readonly height: number;
  /** Default `lanczos`. */
  readonly filter?: Filter;
  /** The part of the source that fills the result. Default: all of it. */
  readonly box?: Box;
}

/** Width and height in pixels and interleaved 8-bit channels of a buffer of `height * width * channels` bytes. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array;
}

/**
 * Resizes a picture. The kernel is stretched when shrinking, so nothing aliases; colours of a picture with opacity are
 * weighted by it, so hidden pixels do not bleed into visible ones.
 *
 * @throws UsageError when the size is not positive or the box is empty or leaves the picture.
 */
export function resize(image: Image, options: ResizeOptions): Image {
  const { width, height, alpha } = image;
  // Weighting and unweighting loses colour where opacity is low: not when every pixel stays what it is.
  const weighted = alpha !== undefined && !isWhole(image, options);
  const source = weighted ? premultiply(image.data, alpha) : image.data;
  const data = resizeRaster({ width, height, channels: 3, data: source }, options);
  const size = { width: options.width, height: options.height };
  if (alpha === undefined) return { ...size, data };
  const opacity = resizeRaster({ width, height, channels: 1, data: alpha }, options);
  return { ...size, data: weighted ? unpremultiply(data, opacity) : data, alpha: opacity };
}

/**
 * Resizes a buffer of interleaved channels, each for itself: first along rows, then along columns, rounding to 8 bits
 * after each pass. A pass that would change nothing is left out.
 *
 * @returns `options.height * options.width * raster.channels` bytes.
 * @throws UsageError when the size is not positive or the box is empty or leaves the raster.
 */
export function resizeRaster(raster: Raster, options: ResizeOptions): Uint8Array {
  const { width, height, filter = "lanczos" } = options;
  const [left, top, right, bottom] = checkedBox(raster, options);
  const columns = taps(raster.width, left, right, width, filter);
  const rows = taps(raster.height, top, bottom, height, filter);
  const sameColumns = width === raster.width && left === 0 && right === width;
  const sameRows = height === raster.height && top === 0 && bottom === height;
  if (sameColumns && sameRows) return new Uint8Array(raster.data);
  if (sameRows) return alongRows(raster, columns, 0, height);
  if (sameColumns) return alongColumns(raster, rows);
  // The order shows in the rounding; for very tall sources Pillow turns it round.
  if (raster.height > 100 * raster.width && height < raster.height) {
    return alongRows({ ...raster, height, data: alongColumns(raster, rows) }, columns, 0, height);
  }
  const first = rows.start[0];
  const last = rows.start[height - 1] + rows.count[height - 1];
  const needed = { ...raster, width, data: alongRows(raster, columns, first, last) };
  return alongColumns(needed, { ...rows, start: rows.start.map((start) => start - first) });
}

/** For each output position: the first source position that counts, how many do, and their 22-bit fixed-point weights. */
interface Taps {
  readonly start: Int32Array;
  readonly count: Int32Array;
  readonly weight: Int32Array;
  /** Distance in `weight` between the weights of neighbouring output positions. */
  readonly stride: number;
}

const FRACTION_BITS = 22;
const HALF = 1 << (FRACTION_BITS - 1);

const KERNELS: Readonly<Record<Filter, { readonly support: number; readonly at: (x: number) => number }>> = {
  bilinear: { support: 1, at: (x) => Math.max(1 - Math.abs(x), 0) },
  bicubic: { support: 2, at: (x) => cubic(Math.abs(x)) },
  lanczos: { support: 3, at: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

function cubic(x: number): number {
  const a = -0.5;
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
}

/** Weights for `size` output positions spread evenly over `from` … `to` of a line of `length` source positions. */
function taps(length: number, from: number, to: number, size: number, filter: Filter): Taps {
  const kernel = KERNELS[filter];
  // Pillow holds the box in single precision and subtracts there; sub-pixel crops only agree if this does too.
  const scale = Math.fround(to - from) / size;
  const stretch = Math.max(scale, 1);
  const support = kernel.support * stretch;
  const stride = Math.ceil(support) * 2 + 1;
  const start = new Int32Array(size);
  const count = new Int32Array(size);
  const weight = new Int32Array(size * stride);
  const line = new Float64Array(stride);
  for (let i = 0; i < size; i++) {
    const centre = from + (i + 0.5) * scale;
    const first = Math.max(Math.trunc(centre - support + 0.5), 0);
    const n = Math.min(Math.trunc(centre + support + 0.5), length) - first;
    let sum = 0;
    for (let k = 0; k < n; k++) {
      line[k] = kernel.at((k + first - centre + 0.5) * (1 / stretch));
      sum += line[k];
    }
    for (let k = 0; k < n; k++) {
      const fixed = (sum === 0 ? line[k] : line[k] / sum) * 2 ** FRACTION_BITS;
      weight[i * stride + k] = Math.trunc(fixed + (fixed < 0 ? -0.5 : 0.5));
    }
    start[i] = first;
    count[i] = n;
  }
  return { start, count, weight, stride };
}

/** The pass along rows, over source rows `first` … `last - 1`: the only ones the pass along columns will read. */
function alongRows({ width, channels, data }: Raster, columns: Taps, first: number, last: number): Uint8Array {
  const { start, count, weight, stride } = columns;
  const size = start.length;
  const out = new Uint8ClampedArray((last - first) * size * channels);
  let o = 0;
  for (let y = first; y < last; y++) {
    for (let x = 0; x < size; x++) {
      const w0 = x * stride;
      const w1 = w0 + count[x];
      const pixel = (y * width + start[x]) * channels;
      for (let c = 0; c < channels; c++) {
        let sum = HALF;
        for (let w = w0, p = pixel + c; w < w1; w++, p += channels) sum += Math.imul(data[p], weight[w]);
        out[o++] = sum >> FRACTION_BITS;
      }
    }
  }
  return new Uint8Array(out.buffer);
}

/** The pass along columns. */
function alongColumns({ width, channels, data }: Raster, rows: Taps): Uint8Array {
  const { start, count, weight, stride } = rows;
  const size = start.length;
  const line = width * channels;
  const out = new Uint8ClampedArray(size * line);
  const sums = new Int32Array(line);
  for (let y = 0; y < size; y++) {
    sums.fill(HALF);
    for (let k = 0; k < count[y]; k++) {
      const w = weight[y * stride + k];
      const row = (start[y] + k) * line;
      for (let i = 0; i < line; i++) sums[i] += Math.imul(data[row + i], w);
    }
    for (let i = 0, o = y * line; i < line; i++, o++) out[o] = sums[i] >> FRACTION_BITS;
  }
  return new Uint8Array(out.buffer);
}

function checkedBox(raster: Raster, { width, height, box }: ResizeOptions): Box {
  if (!(Number.isInteger(width) && Number.isInteger(height) && width >= 1 && height >= 1)) {
    throw new UsageError(`expected a size of whole pixels, at least 1 × 1, got ${width} × ${height}`);
  }
  if (box === undefined) return [0, 0, raster.width, raster.height];
  const [left, top, right, bottom] = box.map(Math.fround);
  if (!(left >= 0 && top >= 0 && right <= raster.width && bottom <= raster.height && left < right && top < bottom)) {
    throw new UsageError(
      `expected a box inside the picture of ${raster.width} × ${raster.height} pixels, got ${box.join(", ")}`,
    );
  }
  return [left, top, right, bottom];
}

/** Whether the result is the source itself. */
function isWhole({ width, height }: Image, { width: toWidth, height: toHeight, box }: ResizeOptions): boolean {
  const [left, top, right, bottom] = box ?? [0, 0, width, height];
  const all = left === 0 && top === 0 && right === width && bottom === height;
  return all && toWidth === width && toHeight === height;
}

/** Colours times opacity / 255, rounded. */
function premultiply(data: Uint8Array, alpha: Uint8Array): Uint8Array {
  return data.map((value, i) => {
    const product = value * alpha[Math.trunc(i / 3)] + 128;
    return ((product >> 8) + product) >> 8;
  });
}

/** Colours times 255 / opacity, rounded down; colours under opacity 0 stay as they are. */
function unpremultiply(data: Uint8Array, alpha: Uint8Array): Uint8Array {
  return data.map((value, i) => {
    const opacity = alpha[Math.trunc(i / 3)];
    return opacity === 0 ? value : Math.min(Math.trunc((255 * value) / opacity), 255);
  });
}
