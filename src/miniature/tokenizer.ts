/** The miniature's tokenizer: CLIP's, with the words of this world. */

import { clipTokenizerTexts, trainBytePairs } from "../text/byte-pair-training.ts";
import { samplePair } from "./pairs.ts";

/** Token ids per text, with the start and the end mark. Every caption and instruction fits. */
export const TEXT_LENGTH = 40;

/** Enough for every word of captions and instructions to be one token. */
const MOST_ENTRIES = 2048;
const PAIRS = 16_000;

/** Captions and instructions of the first pairs, which between them have every word. */
export function miniatureTexts(): string[] {
  return Array.from({ length: PAIRS }, (_, seed) => samplePair(seed)).flatMap(({ instruction, captions }) => [
    instruction,
    captions.input,
    captions.output,
  ]);
}

let files: ReadonlyMap<string, string> | undefined;

/** The text of the tokenizer's files by name: `vocab.json`, `merges.txt` and two with the marks. Made once: it takes seconds. */
export function miniatureTokenizerFiles(): ReadonlyMap<string, string> {
  files ??= clipTokenizerTexts(trainBytePairs(miniatureTexts(), { vocabularySize: MOST_ENTRIES }), {
    length: TEXT_LENGTH,
  });
  return files;
}
