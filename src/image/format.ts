/** Which file formats are read and written, told by content when reading and by file name when writing. */

import { UsageError } from "../errors.ts";

/** Formats a picture can be written as. */
export type OutputFormat = "png" | "jpeg" | "webp" | "avif" | "tiff";

/** Formats a picture can be read from; of an animation the first frame. */
export type InputFormat = OutputFormat | "gif";

/** What a picture may cost before it is decoded. */
export interface DecodeLimits {
  /** Bytes of the file. */
  readonly maxBytes: number;
  /** Width times height. */
  readonly maxPixels: number;
  /** The longer of width and height. */
  readonly maxSide: number;
}

/** 50 MiB, 40 megapixels, 16 384 pixels a side. */
export const DECODE_LIMITS: DecodeLimits = { maxBytes: 50 * 2 ** 20, maxPixels: 40_000_000, maxSide: 16_384 };

export interface DecodeOptions {
  /** Raises or lowers `DECODE_LIMITS`. */
  readonly limits?: Partial<DecodeLimits>;
  /** What to call the picture in errors. Default: its path, or "the picture". */
  readonly name?: string;
}

const EXTENSIONS: Readonly<Record<string, OutputFormat>> = {
  png: "png",
  jpg: "jpeg",
  jpeg: "jpeg",
  webp: "webp",
  avif: "avif",
  tif: "tiff",
  tiff: "tiff",
};

/** How what is read begins, as Latin-1. ISO media files (AVIF, HEIC) say further in what they are. */
const READ: readonly (readonly [is: (head: string) => boolean, format: InputFormat])[] = [
  [(head) => head.startsWith("\x89PNG\r\n\x1a\n"), "png"],
  [(head) => head.startsWith("\xff\xd8\xff"), "jpeg"],
  [(head) => head.startsWith("RIFF") && head.startsWith("WEBP", 8), "webp"],
  [(head) => head.startsWith("ftyp", 4) && /avi[fs]/.test(head), "avif"],
  [(head) => head.startsWith("GIF87a") || head.startsWith("GIF89a"), "gif"],
  [(head) => ["II*\0", "MM\0*", "II+\0", "MM\0+"].includes(head.slice(0, 4)), "tiff"],
];

/** The same for what people try that is not read, to call it by its name. */
const REFUSED: readonly (readonly [is: (head: string) => boolean, name: string])[] = [
  [(head) => head.startsWith("ftyp", 4), "HEIC or a video"],
  [(head) => head.startsWith("%PDF"), "PDF"],
  [(head) => head.startsWith("BM"), "BMP"],
  [(head) => head.startsWith("8BPS"), "a Photoshop file"],
  [(head) => head.startsWith("\xff\x0a") || head.startsWith("JXL ", 4), "JPEG XL"],
  [(head) => /^(\xef\xbb\xbf)?\s*</.test(head), "SVG or another text format"],
];

/**
 * The format of a file, from its first bytes.
 *
 * @param name what to call the picture in the error.
 * @throws UsageError for an empty file and for what is not read.
 */
export function sniffFormat(bytes: Uint8Array, name: string): InputFormat {
  if (bytes.length === 0) throw new UsageError(`${name} is empty: expected a picture`);
  const head = String.fromCharCode(...bytes.subarray(0, 64));
  const known = READ.find(([is]) => is(head));
  if (known !== undefined) return known[1];
  const refused = REFUSED.find(([is]) => is(head));
  const found = refused === undefined ? "is none of these" : `looks like ${refused[1]}`;
  throw new UsageError(`expected a PNG, JPEG, WebP, AVIF, GIF or TIFF picture; ${name} ${found}`);
}

/** The format a file name asks for by its extension. @throws UsageError for any other extension, naming those there are. */
export function formatOf(path: string): OutputFormat {
  const extension = /\.([^./\\]+)$/.exec(path)?.[1].toLowerCase();
  const format = Object.entries(EXTENSIONS).find(([known]) => known === extension)?.[1];
  if (format !== undefined) return format;
  const known = Object.keys(EXTENSIONS).map((name) => `.${name}`);
  throw new UsageError(`cannot tell the format of ${path}: expected a name that ends in ${known.join(", ")}`);
}

/** @throws UsageError when a file of `length` bytes is over the limit. */
export function checkLength(length: number, name: string, { maxBytes }: DecodeLimits): void {
  if (length > maxBytes) {
    throw new UsageError(`${name} is larger than ${Math.round(maxBytes / 2 ** 20)} MiB, the most a picture may be`);
  }
}

/** @throws UsageError when a picture of this size is over a limit. */
export function checkSize(width: number, height: number, name: string, { maxPixels, maxSide }: DecodeLimits): void {
  if (width > maxSide || height > maxSide || width * height > maxPixels) {
    throw new UsageError(
      `${name} is ${width} × ${height} pixels; at most ${maxSide} a side and ${maxPixels / 1e6} million in all are read: shrink it first`,
    );
  }
}
