/** Reads a CLIP tokenizer from a checkpoint's `tokenizer` folder. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { CheckpointError } from "../errors.ts";
import { type ClipTokenizer, createClipTokenizer } from "./clip-tokenizer.ts";

/**
 * Loads the tokenizer from `folder`: `tokenizer.json`, or `vocab.json` with `merges.txt`; and, where they are,
 * `tokenizer_config.json`, `special_tokens_map.json` and `added_tokens.json`.
 *
 * @throws CheckpointError naming the folder, when files are missing, malformed, or do not belong together.
 */
export async function loadClipTokenizer(folder: string): Promise<ClipTokenizer> {
  const [vocab, merges, tokenizerJson, config, specialTokens, addedTokens] = await Promise.all([
    readJson(folder, "vocab.json"),
    readText(folder, "merges.txt"),
    readJson(folder, "tokenizer.json"),
    readJson(folder, "tokenizer_config.json"),
    readJson(folder, "special_tokens_map.json"),
    readJson(folder, "added_tokens.json"),
  ]);
  try {
    return createClipTokenizer({ vocab, merges, tokenizerJson, config, specialTokens, addedTokens });
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    throw new CheckpointError(`tokenizer in ${folder}: ${error.message}`, { cause: error });
  }
}

async function readText(folder: string, name: string): Promise<string | undefined> {
  try {
    return await readFile(join(folder, name), "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR"))
      return undefined;
    throw new CheckpointError(`tokenizer in ${folder}: ${name} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

async function readJson(folder: string, name: string): Promise<unknown> {
  const text = await readText(folder, name);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CheckpointError(`tokenizer in ${folder}: ${name} is not JSON: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
