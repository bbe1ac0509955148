/** Pictures to bring to the studio, and looking into those that come out. */

import { readFileSync } from "node:fs";
import sharp from "sharp";
import type { FilePayload } from "./browser.ts";

/** A picture whose every pixel is another, so that none can be taken for its neighbour; not square. */
export async function gradient(width = 96, height = 64): Promise<FilePayload> {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      data.set([(255 * x) / width, (255 * y) / height, (x * 7 + y * 13) % 256], 3 * (y * width + x));
  const buffer = await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
  return { name: "gradient.png", mimeType: "image/png", buffer };
}

export function fileOf(path: string, name: string): FilePayload {
  return { name, mimeType: path.endsWith(".jpg") ? "image/jpeg" : "image/png", buffer: readFileSync(path) };
}

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** RGB. */
  readonly data: Uint8Array;
}

export async function pixelsOf(bytes: Uint8Array): Promise<Pixels> {
  const { data, info } = await sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

/** The pixels of a stored picture. */
export async function stored(url: string, id: string): Promise<Pixels> {
  return pixelsOf(new Uint8Array(await (await fetch(`${url}/api/v1/images/${id}`)).arrayBuffer()));
}
