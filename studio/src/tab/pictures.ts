/** Pictures in the tab's database: known by their pixels, stored as PNG, upright and in sRGB. */

import { decodeImage, encodeImage } from "../../../src/exports/web.ts";
import type { Image } from "../../../src/image/image.ts";
import { MAKING_KEYS, readMaking } from "../../../src/image/making.ts";
import type { ImageMetadata } from "../../../src/image/metadata.ts";
import { readPngText } from "../../../src/image/png-metadata.ts";
import { BackendError, type FileOptions } from "../api/backend.ts";
import type { Making, PictureRef } from "../api/records.ts";
import type { Database } from "./database.ts";

/** Long side of a small picture. */
const SMALL = 256;

/** Stores a picture; `metadata` says in its file how it was made. */
export async function storePicture(
  database: Database,
  image: Image,
  metadata: ImageMetadata = {},
): Promise<PictureRef> {
  const { width, height } = image;
  const id = await idOf(image);
  if ((await database.get("pictures", id)) === undefined) {
    await database.put("pictures", { id, width, height, png: await encodeImage(image, "png", { metadata }) });
  }
  return { id, width, height };
}

/** Stores what a file shows; tells also what it says of its making. @throws UsageError when it is no picture */
export async function storeFile(
  database: Database,
  file: Blob,
): Promise<PictureRef & { readonly made: Making | null }> {
  const image = await decodeImage(file);
  const [picture, made] = [await storePicture(database, image), await howMade(file)];
  return { ...picture, made };
}

/** The pixels of a stored picture. */
export async function readPicture(database: Database, id: string): Promise<Image> {
  return decodeImage((await storedPicture(database, id)).png);
}

/** A stored picture as a file to keep. */
export async function pictureFile(
  database: Database,
  id: string,
  { format = "png", metadata = true }: FileOptions = {},
): Promise<Blob> {
  const { png } = await storedPicture(database, id);
  return format === "png" && metadata ? png : encodeImage(await decodeImage(png), format);
}

/** A picture of at most 256 pixels a side. */
export async function smallPicture(database: Database, id: string): Promise<Blob> {
  const { png, width, height } = await storedPicture(database, id);
  const scale = Math.min(1, SMALL / Math.max(width, height));
  const [resizeWidth, resizeHeight] = [width, height].map((side) => Math.max(1, Math.round(side * scale)));
  const bitmap = await createImageBitmap(png, { resizeWidth, resizeHeight, resizeQuality: "high" });
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext("bitmaprenderer")?.transferFromImageBitmap(bitmap);
  return canvas.convertToBlob({ type: "image/webp", quality: 0.85 });
}

async function storedPicture(database: Database, id: string) {
  const picture = await database.get("pictures", id);
  if (picture !== undefined) return picture;
  throw new BackendError("This picture is no longer there.", { code: "image_not_found" });
}

async function idOf({ width, height, data, alpha }: Image): Promise<string> {
  const shape = new TextEncoder().encode(`${width}x${height}`);
  const bytes = new Uint8Array(
    await new Blob([shape, new Uint8Array(data), new Uint8Array(alpha ?? [])]).arrayBuffer(),
  );
  return hex(await crypto.subtle.digest("SHA-256", bytes));
}

function hex(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What a file says of its making. Only PNG is asked. */
async function howMade(file: Blob): Promise<Making | null> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const texts = await readPngText(bytes, MAKING_KEYS).catch((): ReadonlyMap<string, string> => new Map());
  return readMaking(texts) ?? null;
}
