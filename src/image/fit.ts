/**
 * The size a picture is edited at, and the way back to its own.
 *
 * The network wants sides of whole 64-pixel blocks; photos seldom have them. The reference crops the picture to the
 * nearest such shape and never comes back, so a 16:9 photo loses a tenth of its width. Here the default is to come
 * back, and then nothing may be cropped: what the network has not seen, it cannot edit, and a rim of unedited pixels
 * around an edit shows. So the whole picture is resized to the block size of nearest shape and the edit is resized
 * back. The picture is squeezed or stretched while it is edited: over all sizes from 200 to 1400 pixels at resolution
 * 512 by 2.8 % on average and 6.2 % at most, which the way back undoes. (Rounding the long side down to whole blocks
 * as the reference does would make that 5.3 % and 12.5 %, and 11 % for 16:9.)
 */

import { UsageError } from "../errors.ts";
import type { Image } from "./image.ts";
import { type Box, resize } from "./resample.ts";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** About how many pixels the long side has while edited (the reference's rule), or `native` to keep pixels as they are. */
export type Resolution = number | "native";

export interface FitOptions {
  /** Default 512. */
  readonly resolution?: Resolution;
  /** Pixels a side of one latent position; `native` pictures have whole ones. Default 8. */
  readonly multiple?: number;
  /** Default true: fit so that `restoreImage` can come back to the source's size. False: crop as the reference does. */
  readonly restore?: boolean;
}

/** A picture at the size it is edited at, without opacity, and where it came from. */
export interface Fitted {
  readonly image: Image;
  readonly placement: Placement;
}

/** What `restoreImage` needs: how the source went into the fitted picture. */
export type Placement =
  /** It is not coming back: the edit is the result. */
  | { readonly kind: "none" }
  /** All of it was resized. */
  | { readonly kind: "stretch"; readonly source: Size; readonly alpha?: Uint8Array }
  /** It lies at the top left, its last column and row repeated to the right and below. */
  | { readonly kind: "pad"; readonly source: Size; readonly padded: Size; readonly alpha?: Uint8Array };

/** Pixels a side of the block the network's deepest layer sees as one position. */
const BLOCK = 64;

/** Longest side over shortest. Beyond it the working size explodes, since the short side gets at least one block. */
const MAX_ELONGATION = 64;

/**
 * Brings a picture to the size it is edited at.
 *
 * | resolution | restore | fitted picture |
 * |---|---|---|
 * | number | yes | all of it, resized to `stretchSize` |
 * | number | no | centre crop to the shape of `referenceSize`, resized to that |
 * | `native` | yes | padded to multiples of `multiple` |
 * | `native` | no | resized down to multiples of `multiple`, as diffusers does |
 *
 * All resizing is Lanczos. Opacity is left out: the network sees the colours as they are stored.
 *
 * @throws UsageError when the picture is too small or too elongated for that, or the resolution is no positive number.
 */
export function fitImage(image: Image, options: FitOptions = {}): Fitted {
  const { resolution = 512, restore: restoring = true, multiple = 8 } = options;
  const { width, height, alpha } = image;
  const source = { width, height };
  const opaque: Image = { width, height, data: image.data };
  if (resolution === "native") {
    if (restoring) {
      const padded = roundedUp(source, multiple);
      return { image: pad(opaque, padded), placement: { kind: "pad", source, padded, alpha } };
    }
    return { image: resize(opaque, roundedDown(source, multiple)), placement: { kind: "none" } };
  }
  if (restoring) {
    return { image: resize(opaque, stretchSize(source, resolution)), placement: { kind: "stretch", source, alpha } };
  }
  const size = referenceSize(source, resolution);
  return { image: resize(opaque, { ...size, box: centreCrop(source, size) }), placement: { kind: "none" } };
}

/**
 * Brings an edited picture back to the size of the picture `fitImage` was given, with that picture's opacity. Returns
 * it as it is when that was fitted with `restore: false`. A smaller edit, such as a preview, is enlarged.
 */
export function restoreImage(edited: Image, placement: Placement): Image {
  if (placement.kind === "none") return edited;
  const { source, alpha } = placement;
  const opacity = alpha === undefined ? {} : { alpha };
  if (placement.kind === "stretch") return { ...resize(edited, source), ...opacity };
  const { padded } = placement;
  const right = (edited.width * source.width) / padded.width;
  const bottom = (edited.height * source.height) / padded.height;
  return { ...resize(edited, { ...source, box: [0, 0, right, bottom] }), ...opacity };
}

/**
 * The reference's working size: the short side scaled as the long side is to `resolution`, then rounded up to whole
 * blocks of 64; the long side in proportion to that, rounded down to whole blocks. In exact integers, so a square stays
 * a square; the reference's doubles lose a block for 6 % of sizes (412 × 412 becomes 448 × 448).
 *
 * @throws UsageError for an elongation over 64 or a resolution that is no positive number.
 */
export function referenceSize(source: Size, resolution: number): Size {
  const { short, long, blocks } = shortSide(source, resolution);
  return sized(source, blocks, Math.floor((long * blocks) / short));
}

/** As `referenceSize` in the reference's double arithmetic, for comparing with its results size by size. */
export function referenceSizeInDoubles({ width, height }: Size, resolution: number): Size {
  const toResolution = resolution / Math.max(width, height);
  const factor = (Math.ceil((Math.min(width, height) * toResolution) / BLOCK) * BLOCK) / Math.min(width, height);
  return {
    width: Math.floor((width * factor) / BLOCK) * BLOCK,
    height: Math.floor((height * factor) / BLOCK) * BLOCK,
  };
}

/**
 * The working size of a picture that comes back: as `referenceSize`, but with the long side rounded to the nearest
 * whole block, which changes the picture's shape least.
 *
 * @throws UsageError for an elongation over 64 or a resolution that is no positive number.
 */
export function stretchSize(source: Size, resolution: number): Size {
  const { short, long, blocks } = shortSide(source, resolution);
  return sized(source, blocks, Math.floor((2 * long * blocks + short) / (2 * short)));
}

/** The part of `source` that Pillow's `ImageOps.fit` cuts out of the centre for a result of `size`; sub-pixel. */
export function centreCrop(source: Size, size: Size): Box {
  const shape = size.width / size.height;
  let { width, height } = source;
  if (width / height > shape) width = shape * height;
  else if (width / height < shape) height = width / shape;
  const left = (source.width - width) * 0.5;
  const top = (source.height - height) * 0.5;
  return [left, top, left + width, top + height];
}

function shortSide({ width, height }: Size, resolution: number): { short: number; long: number; blocks: number } {
  const short = Math.min(width, height);
  const long = Math.max(width, height);
  if (!(Number.isInteger(resolution) && resolution >= 1)) {
    throw new UsageError(`expected a resolution in whole pixels or "native", got ${resolution}`);
  }
  if (long > short * MAX_ELONGATION) {
    throw new UsageError(
      `the picture is ${width} × ${height} pixels, over ${MAX_ELONGATION} times as long as it is wide: crop it first`,
    );
  }
  return { short, long, blocks: Math.ceil((short * resolution) / (long * BLOCK)) };
}

function sized({ width, height }: Size, shortBlocks: number, longBlocks: number): Size {
  const [short, long] = [shortBlocks * BLOCK, longBlocks * BLOCK];
  return width <= height ? { width: short, height: long } : { width: long, height: short };
}

function roundedDown({ width, height }: Size, multiple: number): Size {
  if (width < multiple || height < multiple) {
    throw new UsageError(`the picture is ${width} × ${height} pixels; without restoring it needs ${multiple} a side`);
  }
  return { width: width - (width % multiple), height: height - (height % multiple) };
}

function roundedUp({ width, height }: Size, multiple: number): Size {
  return { width: Math.ceil(width / multiple) * multiple, height: Math.ceil(height / multiple) * multiple };
}

/** Repeats the last column and row. */
function pad(image: Image, { width, height }: Size): Image {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const from = Math.min(y, image.height - 1) * image.width * 3;
    const to = y * width * 3;
    data.set(image.data.subarray(from, from + image.width * 3), to);
    for (let i = image.width * 3; i < width * 3; i++) data[to + i] = data[to + i - 3];
  }
  return { width, height, data };
}
