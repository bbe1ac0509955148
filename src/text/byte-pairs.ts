/** Byte-level byte-pair encoding: a word becomes the symbols of its UTF-8 bytes, then neighbours merge by rank. */

import { CheckpointError } from "../errors.ts";

export interface BytePairFiles {
  /** Token → id. */
  readonly vocab: ReadonlyMap<string, number>;
  /** Pairs of tokens, most important first. Their joined form must be in the vocabulary, as they must. */
  readonly merges: readonly (readonly [string, string])[];
}

export interface BytePairOptions {
  /** Written after the last symbol of a word, e.g. `</w>`. Default "". */
  readonly endOfWord?: string;
  /** Id of a symbol that the vocabulary lacks. */
  readonly unknown: number;
}

/** A visible character for each byte, as GPT-2 chose them: itself where it prints, otherwise U+0100 and up. */
export const BYTE_SYMBOLS: readonly string[] = byteSymbols();

/**
 * Compiles a vocabulary and its merges to a function from a word to its token ids (Sennrich et al. 2016, on bytes).
 * The word must not be empty. Takes O(n log n) for a word of n bytes.
 *
 * @throws CheckpointError when a merge uses or makes a token that the vocabulary does not have.
 */
export function bytePairEncoder(files: BytePairFiles, options: BytePairOptions): (word: string) => number[] {
  const { vocab } = files;
  const { endOfWord = "", unknown } = options;
  const ranks = rankMerges(files);
  const utf8 = new TextEncoder();

  return (word) => {
    const symbols = Array.from(utf8.encode(word), (byte) => BYTE_SYMBOLS[byte]);
    symbols[symbols.length - 1] += endOfWord;
    return mergeAll(
      Int32Array.from(symbols, (symbol) => vocab.get(symbol) ?? unknown),
      ranks,
    );
  };
}

function byteSymbols(): string[] {
  let hidden = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const prints = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
    return String.fromCharCode(prints ? byte : hidden++);
  });
}

/** What each pair of ids becomes, and how early. */
interface Ranks {
  /** Rank of a pair, by `key`. */
  readonly rank: ReadonlyMap<number, number>;
  /** Id of the merged token, by rank. */
  readonly merged: Int32Array;
}

/** One number for a pair of ids; both are below 2^26. */
function key(left: number, right: number): number {
  return left * 2 ** 26 + right;
}

function rankMerges({ vocab, merges }: BytePairFiles): Ranks {
  const id = (token: string, index: number) => {
    const found = vocab.get(token);
    if (found !== undefined) return found;
    throw new CheckpointError(
      `merge ${index + 1} ("${merges[index].join(" ")}") needs the token "${token}", which the vocabulary of ` +
        `${vocab.size} tokens does not have; vocabulary and merges must come from the same tokenizer`,
    );
  };
  const merged = Int32Array.from(merges, ([left, right], index) => id(left + right, index));
  const rank = new Map(merges.map(([left, right], index) => [key(id(left, index), id(right, index)), index]));
  return { rank, merged };
}

/** Merges neighbours, the lowest rank first and the leftmost among equals, until no pair is left. Changes `ids`. */
function mergeAll(ids: Int32Array, { rank, merged }: Ranks): number[] {
  const end = ids.length;
  const next = Int32Array.from(ids, (_, i) => i + 1);
  const previous = Int32Array.from(ids, (_, i) => i - 1);
  const gone = new Uint8Array(end);
  const queue: number[] = [];
  const rankAt = (i: number) => (next[i] < end ? rank.get(key(ids[i], ids[next[i]])) : undefined);
  const offer = (i: number) => {
    const r = i >= 0 ? rankAt(i) : undefined;
    if (r !== undefined) push(queue, r * 2 ** 32 + i);
  };

  for (let i = 0; i < end; i++) offer(i);
  while (queue.length > 0) {
    const top = pop(queue);
    const i = top % 2 ** 32;
    const r = (top - i) / 2 ** 32;
    if (gone[i] || rankAt(i) !== r) continue; // an earlier merge has taken one of the two
    const right = next[i];
    ids[i] = merged[r];
    gone[right] = 1;
    next[i] = next[right];
    if (next[i] < end) previous[next[i]] = i;
    offer(previous[i]);
    offer(i);
  }
  return Array.from(ids.filter((_, i) => !gone[i]));
}

/** Adds a number to a binary heap whose smallest is first. */
function push(heap: number[], value: number): void {
  let i = heap.push(value) - 1;
  while (i > 0) {
    const parent = (i - 1) >> 1;
    if (heap[parent] <= value) break;
    heap[i] = heap[parent];
    i = parent;
  }
  heap[i] = value;
}

/** Takes the smallest number from a binary heap that is not empty. */
function pop(heap: number[]): number {
  const top = heap[0];
  const value = heap.pop()!;
  if (heap.length === 0) return top;
  let i = 0;
  for (let child = 1; child < heap.length; child = 2 * i + 1) {
    if (child + 1 < heap.length && heap[child + 1] < heap[child]) child++;
    if (heap[child] >= value) break;
    heap[i] = heap[child];
    i = child;
  }
  heap[i] = value;
  return top;
}
