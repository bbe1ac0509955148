/** Reads a CLIP tokenizer from a checkpoint's files. */

import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { CheckpointError } from "../errors.ts";
import { type ClipTokenizer, createClipTokenizer } from "./clip-tokenizer.ts";

/**
 * Loads the tokenizer: `tokenizer.json`, or `vocab.json` with `merges.txt`; and, where they are, `tokenizer_config.json`,
 * `special_tokens_map.json` and `added_tokens.json`.
 *
 * @param source the folder, or the files' paths by name (in a cache, files are links to elsewhere)
 * @throws CheckpointError naming the folder, when files are missing, malformed, or do not belong together.
 */
export async function loadClipTokenizer(source: string | ReadonlyMap<string, string>): Promise<ClipTokenizer> {
  const folder = typeof source === "string" ? source : dirname([...source.values()][0] ?? ".");
  const path = (name: string) => (typeof source === "string" ? join(source, name) : source.get(name));
  const [vocab, merges, tokenizerJson, config, specialTokens, addedTokens] = await Promise.all([
    readJson(path("vocab.json")),
    readText(path("merges.txt")),
    readJson(path("tokenizer.json")),
    readJson(path("tokenizer_config.json")),
    readJson(path("special_tokens_map.json")),
    readJson(path("added_tokens.json")),
  ]);
  try {
    return createClipTokenizer({ vocab, merges, tokenizerJson, config, specialTokens, addedTokens });
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    throw new CheckpointError(`tokenizer in ${folder}: ${error.message}`, { cause: error });
  }
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

async function readJson(path: string | undefined): Promise<unknown> {
  const text = await readText(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CheckpointError(`tokenizer: ${path} is not JSON: ${(error as Error).message}`, { cause: error });
  }
}
