/** Reading and writing pictures in the browser, through its own codecs. */

import { UsageError } from "../errors.ts";
import { checkLength, checkSize, DECODE_LIMITS, type DecodeOptions, sniffFormat } from "./format.ts";
import type { Image } from "./image.ts";
import { type ImageMetadata, toPngText } from "./metadata.ts";
import { writePngText } from "./png-metadata.ts";
import { fromRgba, toRgba } from "./rgba.ts";

/** Formats that browsers write. */
export type BrowserFormat = "png" | "jpeg" | "webp";

export interface EncodeOptions {
  /** Filed as texts in PNG; the other formats carry none. */
  readonly metadata?: ImageMetadata;
  /** 1 … 100, for JPEG and WebP. Default 95. */
  readonly quality?: number;
}

/**
 * Decodes a picture as `decodeImage` does in Node: turned as its EXIF orientation says, in sRGB, opacity apart. Two
 * things differ: colours under partial opacity are rounded by the canvas, and a PNG's gamma chunk is honoured.
 *
 * @throws UsageError when the file is no picture this browser reads, damaged, or over a limit.
 */
export async function decodeImage(file: Blob, options: DecodeOptions = {}): Promise<Image> {
  const { name = "the picture" } = options;
  const limits = { ...DECODE_LIMITS, ...options.limits };
  checkLength(file.size, name, limits);
  const format = sniffFormat(new Uint8Array(await file.slice(0, 64).arrayBuffer()), name);
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image", premultiplyAlpha: "none" }).catch(
    (cause) => {
      throw new UsageError(`${name} is damaged, or this browser does not read ${format}`, { cause });
    },
  );
  try {
    const { width, height } = bitmap;
    checkSize(width, height, name, limits);
    const context = contextOf(width, height);
    context.drawImage(bitmap, 0, 0);
    return fromRgba(width, height, context.getImageData(0, 0, width, height).data);
  } finally {
    bitmap.close();
  }
}

/**
 * Encodes a picture as a file. PNG keeps every opaque pixel.
 *
 * @throws UsageError when the quality is out of range or this browser does not write the format.
 */
export async function encodeImage(image: Image, format: BrowserFormat, options: EncodeOptions = {}): Promise<Blob> {
  const { metadata = {}, quality = 95 } = options;
  if (!(Number.isInteger(quality) && quality >= 1 && quality <= 100)) {
    throw new UsageError(`expected a quality of 1 … 100, got ${quality}`);
  }
  const type = `image/${format}`;
  const context = contextOf(image.width, image.height);
  const shown = format === "jpeg" ? { ...image, alpha: undefined } : image;
  context.putImageData(new ImageData(toRgba(shown), image.width, image.height), 0, 0);
  const blob = await context.canvas.convertToBlob({ type, quality: quality / 100 });
  if (blob.type !== type) throw new UsageError(`this browser does not write ${format}: choose png`);
  if (format !== "png") return blob;
  const png = writePngText(new Uint8Array(await blob.arrayBuffer()), toPngText(metadata));
  return new Blob([new Uint8Array(png)], { type });
}

function contextOf(width: number, height: number): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(width, height).getContext("2d", { colorSpace: "srgb", willReadFrequently: true });
  if (context === null) throw new UsageError(`this browser has no canvas of ${width} × ${height} pixels`);
  return context;
}
