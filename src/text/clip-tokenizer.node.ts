/** Reads a CLIP tokenizer from a checkpoint's files on disk. */

import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { CheckpointError } from "../errors.ts";
import type { ClipTokenizer } from "./clip-tokenizer.ts";
import { readClipTokenizer } from "./clip-tokenizer-folder.ts";

/**
 * Loads the tokenizer, see `readClipTokenizer`.
 *
 * @param source the folder, or the files' paths by name (in a cache, files are links to elsewhere)
 * @throws CheckpointError naming the folder, when files are missing, malformed, or do not belong together.
 */
export async function loadClipTokenizer(source: string | ReadonlyMap<string, string>): Promise<ClipTokenizer> {
  const place = typeof source === "string" ? source : dirname([...source.values()][0] ?? ".");
  const path = (name: string) => (typeof source === "string" ? join(source, name) : source.get(name));
  return await readClipTokenizer({ place, read: (name) => readText(path(name)) });
}

/** The text of a file, undefined when there is none. */
async function readText(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR"))
      return undefined;
    throw new CheckpointError(`tokenizer: ${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
