/** A CLIP tokenizer from the files of its folder, wherever that lies. */

import { CheckpointError } from "../errors.ts";
import { type ClipTokenizer, createClipTokenizer } from "./clip-tokenizer.ts";

/** A folder of which single files can be read. */
export interface TokenizerFolder {
  /** What messages call it. */
  readonly place: string;
  /** The text of a file; undefined when there is none of that name. */
  read(name: string): Promise<string | undefined>;
}

/**
 * Loads the tokenizer: `tokenizer.json`, or `vocab.json` with `merges.txt`; and, where they are, `tokenizer_config.json`,
 * `special_tokens_map.json` and `added_tokens.json`.
 *
 * @throws CheckpointError naming the folder, when files are missing, malformed, or do not belong together.
 */
export async function readClipTokenizer(folder: TokenizerFolder): Promise<ClipTokenizer> {
  const [vocab, merges, tokenizerJson, config, specialTokens, addedTokens] = await Promise.all([
    readJson(folder, "vocab.json"),
    folder.read("merges.txt"),
    readJson(folder, "tokenizer.json"),
    readJson(folder, "tokenizer_config.json"),
    readJson(folder, "special_tokens_map.json"),
    readJson(folder, "added_tokens.json"),
  ]);
  try {
    return createClipTokenizer({ vocab, merges, tokenizerJson, config, specialTokens, addedTokens });
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    throw new CheckpointError(`tokenizer in ${folder.place}: ${error.message}`, { cause: error });
  }
}

async function readJson({ place, read }: TokenizerFolder, name: string): Promise<unknown> {
  const text = await read(name);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    throw new CheckpointError(`tokenizer in ${place}: ${name} is not JSON: ${reason}`, { cause: error });
  }
}
