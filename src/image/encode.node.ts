/** Writing pictures in Node, through libvips. */

import { constants } from "node:fs";
import { access, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { UsageError } from "../errors.ts";
import { formatOf, type OutputFormat } from "./format.ts";
import type { Image } from "./image.ts";
import { type ImageMetadata, toExif, toPngText } from "./metadata.ts";
import { writePngExif, writePngText } from "./png-metadata.ts";

export interface EncodeOptions {
  /** Filed as PNG texts, or as EXIF in JPEG, WebP and AVIF. TIFF carries none. Default: the file says nothing. */
  readonly metadata?: ImageMetadata;
  /** 1 … 100, for JPEG, WebP and AVIF. Default 95, 95 and 80. PNG and TIFF keep every pixel. */
  readonly quality?: number;
}

/** A JPEG segment holds 65 533 bytes; libvips adds a little and silently drops what is longer. */
const MAX_EXIF_BYTES = 65_000;

const QUALITY: Readonly<Record<"jpeg" | "webp" | "avif", number>> = { jpeg: 95, webp: 95, avif: 80 };

/**
 * Writes a picture, in the format its name's extension asks for, in one step: a reader finds the old file or the new
 * one, whole. Opacity is written too, except to JPEG, which has none.
 *
 * @throws UsageError as `checkWritable` and `encodeImage` do.
 */
export async function writeImage(path: string, image: Image, options: EncodeOptions = {}): Promise<void> {
  await checkWritable(path);
  const bytes = await encodeImage(image, formatOf(path), options);
  const target = await realpath(path).catch(() => path);
  const temporary = join(dirname(target), `.${basename(target)}.${crypto.randomUUID()}.tmp`);
  try {
    await writeFile(temporary, bytes, { flag: "wx" });
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new UsageError(`cannot write ${path}: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * Fails early where `writeImage` would fail late.
 *
 * @throws UsageError when the extension is unknown, the folder does not exist, or file or folder may not be written.
 */
export async function checkWritable(path: string): Promise<void> {
  formatOf(path);
  const folder = dirname(path);
  const folderStats = await stat(folder).catch(() => undefined);
  if (!folderStats?.isDirectory()) throw new UsageError(`cannot write ${path}: there is no folder ${folder}`);
  const stats = await stat(path).catch(() => undefined);
  if (stats !== undefined && !stats.isFile()) throw new UsageError(`cannot write ${path}: it exists and is no file`);
  for (const place of stats === undefined ? [folder] : [folder, path]) {
    await access(place, constants.W_OK).catch((cause) => {
      throw new UsageError(`cannot write ${path}: no permission to write ${place}`, { cause });
    });
  }
}

/**
 * Encodes a picture as a file's bytes. Nothing of the picture's source but its pixels gets in.
 *
 * @throws UsageError when the quality is out of range, or the picture or its metadata is too large for the format.
 */
export async function encodeImage(
  image: Image,
  format: OutputFormat,
  options: EncodeOptions = {},
): Promise<Uint8Array> {
  const { metadata, quality } = options;
  if (quality !== undefined && !(Number.isInteger(quality) && quality >= 1 && quality <= 100)) {
    throw new UsageError(`expected a quality of 1 … 100, got ${quality}`);
  }
  if (format === "png") {
    const png = await bytesOf(pixels(image).png(), format);
    return metadata === undefined ? png : writePngText(png, toPngText(metadata));
  }
  if (format === "tiff") return bytesOf(pixels(image).tiff({ compression: "deflate" }), format);
  // libvips would lay transparent pixels on black.
  const shown = format === "jpeg" ? { ...image, alpha: undefined } : image;
  const source = metadata === undefined ? pixels(shown) : await withExif(shown, toExif(metadata));
  return bytesOf(lossy(source, format, quality ?? QUALITY[format]), format);
}

async function bytesOf(encoder: Sharp, format: OutputFormat): Promise<Uint8Array> {
  try {
    return new Uint8Array(await encoder.toBuffer());
  } catch (cause) {
    // What remains to go wrong is a picture too large for the format: WebP ends at 16 383 pixels a side.
    throw new UsageError(`cannot write the picture as ${format}: ${(cause as Error).message}`, { cause });
  }
}

function pixels({ width, height, data, alpha }: Image): Sharp {
  const rgb = sharp(data, { raw: { width, height, channels: 3 } });
  return alpha === undefined ? rgb : rgb.joinChannel(Buffer.from(alpha), { raw: { width, height, channels: 1 } });
}

/** libvips writes EXIF strings in ASCII only, but hands on blocks that come with a picture: let it come with one. */
async function withExif(image: Image, exif: Uint8Array): Promise<Sharp> {
  if (exif.length > MAX_EXIF_BYTES) {
    throw new UsageError(`the settings take ${exif.length} bytes, EXIF holds ${MAX_EXIF_BYTES}: write a PNG instead`);
  }
  const png = await pixels(image).png({ compressionLevel: 0 }).toBuffer();
  return sharp(writePngExif(png, exif)).keepExif();
}

function lossy(source: Sharp, format: "jpeg" | "webp" | "avif", quality: number): Sharp {
  const chromaSubsampling = "4:4:4";
  if (format === "jpeg") return source.jpeg({ quality, chromaSubsampling });
  return format === "webp" ? source.webp({ quality }) : source.avif({ quality, chromaSubsampling });
}
