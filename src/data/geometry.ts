/** The squares that training sees: both pictures of a pair resized, cropped and mirrored alike. */

import { UsageError } from "../errors.ts";
import { crop } from "../image/crop.ts";
import type { Image } from "../image/image.ts";
import { resize } from "../image/resample.ts";
import type { Random } from "../random.ts";
import type { EditExample } from "./dataset.ts";
import { namesASide } from "./sides.ts";

/** Whose preparation: the original code's, or that of diffusers' training script. */
export type PairFit = "reference" | "diffusers";

/** Whether pairs are mirrored: half of them but those whose words name a side, half of all, or none. */
export type Flip = "safe" | "always" | "never";

export interface GeometryOptions {
  /** Pixels a side of the square that comes out. Default 256. */
  readonly resolution?: number;
  /** Default `reference`. */
  readonly fit?: PairFit;
  /**
   * Least and greatest side, both included, of the square before the crop; `reference` only. Default: the resolution,
   * twice, so nothing is cropped, as the released configuration has it; the paper says 256 and 288.
   */
  readonly resize?: readonly [least: number, greatest: number];
  /** Default `safe`. */
  readonly flip?: Flip;
}

/**
 * Prepares a pair of pictures of one size. Their shape is not kept: both are squashed to a square.
 *
 * - `reference`: Lanczos to a side drawn from `resize`; a crop at a place drawn for both; mirrored with probability ½.
 * - `diffusers`: bicubic to the resolution; mirrored with probability ½.
 *
 * The draws are the reference's, in its order: side, top, left, mirrored. Given PyTorch's stream it cuts the same squares.
 *
 * @throws UsageError when a size is no whole number of pixels, or `resize` lets the square be smaller than the resolution.
 */
export function fitPair(example: EditExample, options: GeometryOptions, random: Random): EditExample {
  checkGeometry(options);
  const { flip = "safe" } = options;
  const square = options.fit === "diffusers" ? squash(options) : squashAndCrop(options, random);
  const mirrored = random.uniform() < 0.5 && maybeMirrored(example, flip);
  const prepare = ({ width, height, data }: Image) => {
    const opaque = square({ width, height, data });
    return mirrored ? mirror(opaque) : opaque;
  };
  return { ...example, input: prepare(example.input), edited: prepare(example.edited) };
}

/** @throws UsageError as `fitPair` would for these options. */
export function checkGeometry({ resolution = 256, resize, fit }: GeometryOptions): void {
  const [least, greatest] = resize ?? [resolution, resolution];
  if (![resolution, least, greatest].every((side) => Number.isInteger(side) && side >= 1)) {
    throw new UsageError(
      `expected whole numbers of pixels, got resolution ${resolution}, resize ${least} to ${greatest}`,
    );
  }
  if (!(resolution <= least && least <= greatest)) {
    throw new UsageError(`a crop of ${resolution} pixels cannot be taken after resizing to ${least} to ${greatest}`);
  }
  if (fit === "diffusers" && resize !== undefined) {
    throw new UsageError('resize belongs to fit "reference"; "diffusers" resizes to the resolution');
  }
}

function squash({ resolution = 256 }: GeometryOptions): (image: Image) => Image {
  return (image) => resize(image, { width: resolution, height: resolution, filter: "bicubic" });
}

function squashAndCrop({ resolution = 256, resize: sides }: GeometryOptions, random: Random): (image: Image) => Image {
  const [least, greatest] = sides ?? [resolution, resolution];
  const side = least + random.integer(greatest - least + 1);
  const room = side - resolution;
  const top = room === 0 ? 0 : random.integer(room + 1);
  const left = room === 0 ? 0 : random.integer(room + 1);
  const square = { left, top, width: resolution, height: resolution };
  return (image) => crop(resize(image, { width: side, height: side, filter: "lanczos" }), square);
}

function maybeMirrored({ instruction, captions }: EditExample, flip: Flip): boolean {
  if (flip !== "safe") return flip === "always";
  return ![instruction, captions?.input ?? "", captions?.output ?? ""].some(namesASide);
}

function mirror({ width, height, data }: Image): Image {
  const out = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + width - 1 - x) * 3;
      out.set(data.subarray(from, from + 3), (y * width + x) * 3);
    }
  }
  return { width, height, data: out };
}
