/** How a stored picture leaves: as it is, in another format, without what it says of its making, or small. */

import { readFile } from "node:fs/promises";
import sharp from "sharp";
import { decodeImage } from "../../image/decode.node.ts";
import { encodeImage } from "../../image/encode.node.ts";
import { readMetadata } from "../../image/metadata.node.ts";
import type { Library } from "../store/library.ts";

export type DeliveryFormat = "png" | "jpeg" | "webp";

export interface DeliveryOptions {
  readonly format?: DeliveryFormat;
  /** 1 … 100, for JPEG and WebP. */
  readonly quality?: number;
  /** Default true. */
  readonly metadata?: boolean;
}

/** Long side of a thumbnail, in pixels. */
const THUMBNAIL_SIDE = 256;

/** A picture's bytes in a format. */
export async function deliver(library: Library, id: string, options: DeliveryOptions = {}): Promise<Uint8Array> {
  const { format = "png", quality, metadata: keeps = true } = options;
  const png = await readFile(library.picturePath(id));
  if (format === "png" && keeps) return png;
  const image = await decodeImage(png);
  const metadata = keeps ? await readMetadata(png) : undefined;
  return encodeImage(image, format, { quality, metadata }).catch((error) => {
    // EXIF has less room than PNG: a very long instruction does not fit.
    if (metadata === undefined) throw error;
    return encodeImage(image, format, { quality });
  });
}

/** A small WebP of a picture, of at most 256 pixels a side. */
export async function thumbnail(library: Library, id: string): Promise<Uint8Array> {
  const small = sharp(library.picturePath(id)).resize(THUMBNAIL_SIDE, THUMBNAIL_SIDE, {
    fit: "inside",
    withoutEnlargement: true,
  });
  return new Uint8Array(await small.webp({ quality: 80 }).toBuffer());
}
