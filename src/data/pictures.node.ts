/** Pictures of examples, from files and from cells of tables. */

import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { UsageError } from "../errors.ts";
import { decodeImage } from "../image/decode.node.ts";
import type { Image } from "../image/image.ts";
import { BadExampleError } from "./bad-example.ts";

/** Where a picture belongs, for errors. */
interface Place {
  /** The example's id. */
  readonly id: string;
  readonly half: "before" | "after";
}

/**
 * Reads the first of these files that exists. Opacity is dropped: training sees the colours as they are stored.
 *
 * @throws BadExampleError when there is none, or it cannot be decoded.
 */
export async function pictureFile(paths: readonly string[], place: Place): Promise<Image> {
  for (const path of paths) {
    const bytes = await bytesIfThere(path);
    if (bytes !== undefined) return decodeHalf(bytes, place, path);
  }
  throw new BadExampleError(
    place.id,
    "missing picture",
    `the picture ${place.half} is missing: no ${paths.join(" or ")}`,
  );
}

/**
 * Reads the picture a cell holds: encoded bytes, a path relative to `folder`, or Hugging Face's struct of the two.
 *
 * @throws BadExampleError when it holds none, or one that cannot be read.
 */
export async function pictureCell(cell: unknown, folder: string, place: Place): Promise<Image> {
  if (cell instanceof Uint8Array) return decodeHalf(cell, place, "its bytes");
  if (typeof cell === "string" && cell !== "") return pictureFile([resolve(folder, cell)], place);
  if (typeof cell === "object" && cell !== null) {
    const { bytes, path } = cell as { bytes?: unknown; path?: unknown };
    if (bytes instanceof Uint8Array) return decodeHalf(bytes, place, "its bytes");
    if (typeof path === "string" && path !== "") return pictureFile([resolve(folder, path)], place);
  }
  throw new BadExampleError(place.id, "missing picture", `the picture ${place.half} is missing: its cell holds none`);
}

async function decodeHalf(bytes: Uint8Array, { id, half }: Place, name: string): Promise<Image> {
  try {
    const { width, height, data } = await decodeImage(bytes, { name });
    return { width, height, data };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new BadExampleError(id, "broken picture", `the picture ${half}: ${error.message}`, { cause: error });
  }
}

/** The bytes of a file; nothing when there is no such file. */
async function bytesIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new UsageError(`cannot read ${path}: ${message}`, { cause: error });
  }
}
