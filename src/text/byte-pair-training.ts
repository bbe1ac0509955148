/** Learns byte-pair merges from texts, as CLIP's were learnt, and writes a tokenizer's files. */

import { BYTE_SYMBOLS } from "./byte-pairs.ts";

/** Two neighbouring symbols that become one. */
export type Merge = readonly [string, string];

const END_OF_WORD = "</w>";
const BOS = "<|startoftext|>";
const EOS = "<|endoftext|>";
const WORDS = /'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\p{White_Space}\p{L}\p{N}]+/gu;
/** What every vocabulary has: each byte inside a word and at its end, and the two marks. */
const FIXED_ENTRIES = 2 * 256 + 2;

/**
 * Learns the merges of a vocabulary of `vocabularySize` entries: again and again the most frequent pair of neighbours
 * becomes one symbol (Sennrich et al. 2016, algorithm 1, on bytes). Texts are cut into lower-case words as CLIP cuts them;
 * a word's last symbol ends in `</w>`. Of pairs as frequent as each other, the one whose left and then right symbol has
 * the lower code units comes first, so the result depends on how often words occur and on nothing else.
 *
 * There are fewer merges when every word has become one symbol before the vocabulary is full.
 *
 * @param options.vocabularySize entries with the 512 bytes and the two marks; fewer than 515 give no merges
 */
export function trainBytePairs(texts: Iterable<string>, options: { readonly vocabularySize: number }): Merge[] {
  const words = Array.from(countWords(texts), ([word, count]): CountedWord => {
    return { symbols: bytesOf(word), count };
  });
  const merges: Merge[] = [];
  while (merges.length < options.vocabularySize - FIXED_ENTRIES) {
    const merge = mostFrequentPair(words);
    if (merge === undefined) break;
    for (const word of words) word.symbols = join(word.symbols, merge);
    merges.push(merge);
  }
  return merges;
}

/**
 * The text of the files of a CLIP tokenizer with these merges, by name, in the layout of Stable Diffusion 1: 256 bytes, the
 * same at a word's end, the merges, the start and the end mark, which also pads.
 *
 * @param options.length ids per text, with the marks
 */
export function clipTokenizerTexts(
  merges: readonly Merge[],
  options: { readonly length: number },
): Map<string, string> {
  const bytes = BYTE_SYMBOLS.toSorted(compare);
  const entries = [...bytes, ...bytes.map((symbol) => symbol + END_OF_WORD), ...merges.map((pair) => pair.join(""))];
  const vocab = Object.fromEntries([...entries, BOS, EOS].map((token, id) => [token, id]));
  const [start, end] = [BOS, EOS].map((content) => {
    return { content, lstrip: false, normalized: true, rstrip: false, single_word: false };
  });
  const specialTokens = { bos_token: start, eos_token: end, pad_token: EOS, unk_token: end };
  const config = {
    tokenizer_class: "CLIPTokenizer",
    model_max_length: options.length,
    do_lower_case: true,
    add_prefix_space: false,
    bos_token: BOS,
    eos_token: EOS,
    pad_token: EOS,
    unk_token: EOS,
  };
  return new Map([
    ["vocab.json", JSON.stringify(vocab) + "\n"],
    ["merges.txt", ["#version: 0.2", ...merges.map((pair) => pair.join(" ")), ""].join("\n")],
    ["tokenizer_config.json", JSON.stringify(config, undefined, 2) + "\n"],
    ["special_tokens_map.json", JSON.stringify(specialTokens, undefined, 2) + "\n"],
  ]);
}

function countWords(texts: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const [word] of text.normalize("NFC").toLowerCase().matchAll(WORDS)) {
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  return counts;
}

function bytesOf(word: string): string[] {
  const symbols = Array.from(new TextEncoder().encode(word), (byte) => BYTE_SYMBOLS[byte]);
  symbols[symbols.length - 1] += END_OF_WORD;
  return symbols;
}

interface CountedWord {
  symbols: readonly string[];
  readonly count: number;
}

function mostFrequentPair(words: readonly CountedWord[]): Merge | undefined {
  const pairs = new Map<string, { readonly pair: Merge; count: number }>();
  for (const { symbols, count } of words) {
    for (let i = 1; i < symbols.length; i++) {
      const pair: Merge = [symbols[i - 1], symbols[i]];
      const entry = pairs.get(pair.join(" ")) ?? { pair, count: 0 };
      entry.count += count;
      pairs.set(pair.join(" "), entry);
    }
  }
  let best: { readonly pair: Merge; readonly count: number } | undefined;
  for (const entry of pairs.values()) {
    if (
      best === undefined ||
      entry.count > best.count ||
      (entry.count === best.count && precedes(entry.pair, best.pair))
    )
      best = entry;
  }
  return best?.pair;
}

function precedes([left, right]: Merge, [otherLeft, otherRight]: Merge): boolean {
  return (compare(left, otherLeft) || compare(right, otherRight)) < 0;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Replaces each occurrence of the pair, from the left, by the two as one. */
function join(symbols: readonly string[], [left, right]: Merge): readonly string[] {
  const joined: string[] = [];
  for (let i = 0; i < symbols.length; i++) {
    if (symbols[i] === left && symbols[i + 1] === right) joined.push(left + symbols[++i]);
    else joined.push(symbols[i]);
  }
  return joined;
}
