/** Reading pictures in Node, through libvips. */

import { createReadStream } from "node:fs";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { UsageError } from "../errors.ts";
import { checkLength, checkSize, DECODE_LIMITS, type DecodeOptions, sniffFormat } from "./format.ts";
import type { Image } from "./image.ts";
import { fromRgba } from "./rgba.ts";

export type { DecodeOptions };

/**
 * Reads a picture from a file, from bytes, or from standard input (`"-"`): PNG, JPEG, WebP, AVIF, TIFF, or the first
 * frame of a GIF. See `decodeImage` for what is done to the pixels.
 *
 * @throws UsageError when there is no such file, or it is no picture, damaged, cut short, or over a limit.
 */
export async function readImage(source: string | URL | Uint8Array, options: DecodeOptions = {}): Promise<Image> {
  if (source instanceof Uint8Array) return decodeImage(source, options);
  const { name = source === "-" ? "standard input" : String(source) } = options;
  return decodeImage(await readPicture(source, { ...options, name }), { ...options, name });
}

/**
 * Decodes a picture: turned as its EXIF orientation says, colours converted from its ICC profile or CMYK to sRGB,
 * 8 bits a channel, opacity split off. PNG without a profile gives exactly the file's bytes; JPEG gives what Pillow
 * gives. The size is read from the header and checked before any pixel is.
 *
 * @throws UsageError when the bytes are no picture, damaged, cut short, or over a limit.
 */
export async function decodeImage(bytes: Uint8Array, options: DecodeOptions = {}): Promise<Image> {
  const { name = "the picture" } = options;
  const limits = { ...DECODE_LIMITS, ...options.limits };
  checkLength(bytes.length, name, limits);
  const format = sniffFormat(bytes, name);
  try {
    const header = await sharp(bytes, { limitInputPixels: false }).metadata();
    checkSize(header.width, header.height, name, limits);
    // "error" and not "warning": cameras write odd but readable files, and browsers show them.
    const pipeline = sharp(bytes, { failOn: "error", limitInputPixels: limits.maxPixels });
    const { data, info } = await pipeline
      .autoOrient()
      .toColourspace("srgb")
      .raw()
      .toBuffer({ resolveWithObject: true });
    const { width, height } = info;
    const pixels = new Uint8Array(data.buffer, data.byteOffset, data.length);
    if (info.channels === 4) return fromRgba(width, height, pixels);
    return { width, height, data: pixels };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new UsageError(`${name} is damaged or cut short: it starts as ${format} but cannot be decoded (${reason})`, {
      cause: error,
    });
  }
}

/**
 * The bytes of a picture file or of standard input (`"-"`), undecoded.
 *
 * @throws UsageError when it cannot be read or is over `maxBytes`.
 */
export async function readPicture(source: string | URL, options: DecodeOptions = {}): Promise<Uint8Array> {
  const { name = String(source) } = options;
  const limits = { ...DECODE_LIMITS, ...options.limits };
  const path = source instanceof URL ? fileURLToPath(source) : source;
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of path === "-" ? process.stdin : createReadStream(path)) {
      length += chunk.length;
      checkLength(length, name, limits);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`cannot read ${name}: ${reasonOf(error)}`, { cause: error });
  }
  return new Uint8Array(Buffer.concat(chunks));
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
  EISDIR: "it is a folder, expected a picture",
  EACCES: "permission denied",
  EPERM: "permission denied",
};

function reasonOf(error: unknown): string {
  const { code = "", message = String(error) } = error as NodeJS.ErrnoException;
  return REASONS[code] ?? message;
}
