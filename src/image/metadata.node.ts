/** Reading in Node what a picture says about its making. */

import sharp from "sharp";
import { UsageError } from "../errors.ts";
import { readPicture } from "./decode.node.ts";
import { sniffFormat } from "./format.ts";
import { fromExif, type ImageMetadata, readPngMetadata } from "./metadata.ts";

/**
 * Reads the settings a picture was made with, from a file, from bytes, or from standard input (`"-"`): out of the
 * texts of a PNG, out of EXIF in other formats. Empty when there are none. Pixels are not decoded.
 *
 * @throws UsageError when there is no such file, it is no picture, or what it says is damaged.
 */
export async function readMetadata(source: string | URL | Uint8Array): Promise<ImageMetadata> {
  const isBytes = source instanceof Uint8Array;
  const name = isBytes ? "the picture" : String(source);
  const bytes = isBytes ? source : await readPicture(source);
  if (sniffFormat(bytes, name) === "png") return readPngMetadata(bytes);
  const { exif } = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch((cause) => {
      throw new UsageError(`${name} is damaged: its header cannot be read`, { cause });
    });
  return exif === undefined ? {} : fromExif(exif);
}
