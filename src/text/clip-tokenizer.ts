/** The CLIP tokenizer: an instruction becomes the 77 token ids that the text encoder reads. */

import { addedTokenSplitter } from "./added-tokens.ts";
import { BYTE_SYMBOLS, bytePairEncoder } from "./byte-pairs.ts";
import { type ClipTokenizerFiles, type ClipTokenizerSpec, readClipTokenizerFiles } from "./clip-tokenizer-files.ts";

export interface ClipEncoding {
  /** [length] start mark, at most `length − 2` tokens of the text, end mark, padding. */
  readonly ids: Int32Array;
  /** Tokens of the whole text, without marks and padding. */
  readonly count: number;
  /** The end of the text that did not fit, in lower case and with normalised spaces; absent when all of it did. */
  readonly truncatedText?: string;
}

export interface ClipTokenizer {
  /** Ids per text, 77 for every published CLIP. */
  readonly length: number;
  /** One more than the largest id. */
  readonly vocabSize: number;
  readonly bosId: number;
  readonly eosId: number;
  /** The end mark for Stable Diffusion 1, `!` for Stable Diffusion 2. */
  readonly padId: number;
  /** [length] token ids of `text`, cut or padded. */
  encode(text: string): Int32Array;
  /** The same, with what was cut. */
  encodeWithOverflow(text: string): ClipEncoding;
}

const END_OF_WORD = "</w>";

/** What CLIP takes for a word: a contraction, letters, one digit, or anything else that is not a space. */
const WORD = String.raw`'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\p{White_Space}\p{L}\p{N}]+`;
const WORDS = new RegExp(WORD, "gu");
const WORDS_AND_MARKS = new RegExp(String.raw`<\|startoftext\|>|<\|endoftext\|>|` + WORD, "gu");

/**
 * Builds a tokenizer from the contents of its folder. Its ids are those of transformers' `CLIPTokenizer`.
 *
 * @throws CheckpointError when files are missing, malformed, or do not belong together.
 */
export function createClipTokenizer(files: ClipTokenizerFiles): ClipTokenizer {
  const spec = readClipTokenizerFiles(files);
  const { bos, eos, pad, length } = spec;
  const tokenize = tokenizer(spec);
  const decode = decoder(spec);
  const room = length - 2;

  const encodeWithOverflow = (text: string): ClipEncoding => {
    const tokens = tokenize(text);
    const ids = new Int32Array(length).fill(pad);
    ids.set([bos, ...tokens.slice(0, room), eos]);
    const count = tokens.length;
    return count > room ? { ids, count, truncatedText: decode(tokens.slice(room)) } : { ids, count };
  };
  return {
    length,
    vocabSize: largest([...spec.vocab.values(), ...spec.added.map((token) => token.id)]) + 1,
    bosId: bos,
    eosId: eos,
    padId: pad,
    encode: (text) => encodeWithOverflow(text).ids,
    encodeWithOverflow,
  };
}

function largest(ids: readonly number[]): number {
  return ids.reduce((most, id) => Math.max(most, id), -1);
}

/**
 * Canonical composition, then lower case, each letter by itself: Rust, in which the reference implementation lower-cases,
 * has no final sigma, JavaScript has.
 */
function normalize(text: string): string {
  return text.normalize("NFC").replaceAll("Σ", "σ").toLowerCase();
}

/** A text's token ids, without marks and padding. */
function tokenizer(spec: ClipTokenizerSpec): (text: string) => number[] {
  const split = addedTokenSplitter(spec.added, normalize);
  const encodeWord = bytePairEncoder(spec, { endOfWord: END_OF_WORD, unknown: spec.unk });
  const encodeSection = (section: string) =>
    Array.from(section.matchAll(WORDS_AND_MARKS), ([mark]) => mark.match(WORDS)!.flatMap(encodeWord)).flat();
  return (text) => split(text).flatMap((section) => (typeof section === "number" ? section : encodeSection(section)));
}

/** Readable text of token ids; bytes that are not UTF-8 on their own become U+FFFD. */
function decoder({ vocab, added }: ClipTokenizerSpec): (ids: readonly number[]) => string {
  const bytes = new Map(BYTE_SYMBOLS.map((symbol, byte) => [symbol, byte]));
  const utf8 = new TextEncoder();
  return (ids) => {
    const wanted = new Set(ids);
    const tokens = new Map<number, string>();
    for (const [token, id] of vocab) if (wanted.has(id)) tokens.set(id, token);
    for (const { id, content } of added) tokens.set(id, content);
    const text = ids.flatMap((id) => {
      const symbols = Array.from(tokens.get(id) ?? "");
      const known = symbols.every((symbol) => bytes.has(symbol));
      return known ? symbols.map((symbol) => bytes.get(symbol)!) : [...utf8.encode(symbols.join(""))];
    });
    return new TextDecoder().decode(Uint8Array.from(text)).replaceAll(END_OF_WORD, " ").trim();
  };
}
