import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

import { CheckpointError } from "../errors.ts";
import { loadClipTokenizer } from "./clip-tokenizer.node.ts";
import { type ClipTokenizer, createClipTokenizer } from "./clip-tokenizer.ts";
import type { ClipTokenizerFiles } from "./clip-tokenizer-files.ts";

interface Golden {
  readonly written: number;
  readonly strings: readonly string[];
  readonly ids: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly digests: Readonly<Record<string, readonly string[]>>;
  readonly padded: Readonly<Record<string, readonly string[]>>;
  readonly cut: Readonly<Record<string, readonly string[]>>;
  readonly variants: { readonly strings: readonly string[]; readonly cases: readonly Variant[] };
}
interface Variant extends ClipTokenizerFiles {
  readonly name: string;
  readonly whole?: readonly unknown[];
  readonly ids: readonly (readonly number[])[];
}

const MEDIUM = "test/golden/text/medium";
const TINY = "test/golden/edit/checkpoint/tokenizer";
const golden = json("test/golden/text/clip-ids.json") as Golden;

function json(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}

function filesOf(folder: string): ClipTokenizerFiles {
  return {
    vocab: json(`${folder}/vocab.json`),
    merges: readFileSync(`${folder}/merges.txt`, "utf8"),
    config: json(`${folder}/tokenizer_config.json`),
    specialTokens: json(`${folder}/special_tokens_map.json`),
  };
}

function digest(ids: ArrayLike<number>): string {
  return createHash("sha256").update(Array.from(ids).join(" ")).digest("hex").slice(0, 12);
}

/** Start mark, all tokens, end mark: what `digests` and `ids` hold. Made longer than any text so that nothing is cut. */
function withoutLimit(files: ClipTokenizerFiles): (text: string) => number[] {
  const config = { ...(files.config as object), model_max_length: 4096 };
  const tokenizer = createClipTokenizer({ ...files, config });
  return (text) => {
    const { ids, count } = tokenizer.encodeWithOverflow(text);
    return Array.from(ids.subarray(0, count + 2));
  };
}

function mismatches(name: string, encode: (text: string) => number[]): string[] {
  return golden.strings.filter((text, index) => digest(encode(text)) !== golden.digests[name][index]);
}

describe.each([
  { name: "tiny", folder: TINY, pad: 530, vocabSize: 531 },
  { name: "medium", folder: MEDIUM, pad: 0, vocabSize: 2514 },
])("the $name tokenizer", ({ name, folder, pad, vocabSize }) => {
  const encode = withoutLimit(filesOf(folder));
  const tokenizer = createClipTokenizer(filesOf(folder));

  test("has the marks of its files", () => {
    expect(tokenizer).toMatchObject({ length: 77, vocabSize, padId: pad, bosId: vocabSize - 2, eosId: vocabSize - 1 });
  });

  test.each(golden.strings.slice(0, golden.written).map((text, index) => ({ text, ids: golden.ids[name][index] })))(
    "gives transformers' ids for $text",
    ({ text, ids }) => expect(encode(text)).toEqual(ids),
  );

  test(`gives transformers' ids for ${golden.strings.length} strings`, () => {
    expect(golden.strings.length).toBeGreaterThan(2000);
    expect(mismatches(name, encode)).toEqual([]);
  });

  test("pads and cuts as transformers does", () => {
    const padded = golden.strings.slice(0, golden.written).map((text) => tokenizer.encode(text));
    expect(padded.every((ids) => ids instanceof Int32Array && ids.length === 77)).toBe(true);
    expect(padded.map(digest)).toEqual(golden.padded[name]);
  });

  test("says what it cut", () => {
    const overflow = golden.strings.slice(0, golden.written).map((text) => tokenizer.encodeWithOverflow(text));
    expect(overflow.map(({ truncatedText = "" }) => truncatedText)).toEqual(golden.cut[name]);
    expect(overflow.map(({ count }) => count + 2)).toEqual(golden.ids[name].map((ids) => ids.length));
  });
});

describe("the files of a folder", () => {
  const whole = json("test/golden/text/medium.tokenizer.json") as { added_tokens: unknown };

  test("tokenizer.json gives the ids of vocab.json and merges.txt", () => {
    const { config } = filesOf(MEDIUM);
    expect(mismatches("medium", withoutLimit({ tokenizerJson: whole, config }))).toEqual([]);
    const tiny = { tokenizerJson: json(`${TINY}/tokenizer.json`) };
    expect(mismatches("tiny", withoutLimit(tiny))).toEqual([]);
  });

  test.each(golden.variants.cases)("are read as transformers reads them: $name", (variant) => {
    const { vocab, merges } = filesOf(MEDIUM);
    const { config, specialTokens, addedTokens } = variant;
    const tokenizerJson = variant.whole && { ...whole, added_tokens: variant.whole };
    const tokenizer = createClipTokenizer({ vocab, merges, tokenizerJson, config, specialTokens, addedTokens });
    expect(golden.variants.strings.map((text) => Array.from(tokenizer.encode(text)))).toEqual(variant.ids);
  });

  test("load from disk, in both forms", async () => {
    const folder = await mkdtemp(join(tmpdir(), "tokenizer-"));
    await writeFile(join(folder, "tokenizer.json"), JSON.stringify(whole));
    const fromWhole = await loadClipTokenizer(folder);
    const fromParts = await loadClipTokenizer(MEDIUM);
    for (const text of golden.strings.slice(0, golden.written)) {
      expect(fromWhole.encodeWithOverflow(text).count).toBe(fromParts.encodeWithOverflow(text).count);
    }
    expect([fromParts.padId, fromWhole.padId]).toEqual([0, 2513]);
  });

  test("OpenAI's vocabulary gives transformers' ids", async ({ skip }) => {
    const folder = process.env.CLIP_TOKENIZER_FOLDER;
    if (folder === undefined) return skip("set CLIP_TOKENIZER_FOLDER to a folder with its vocab.json and merges.txt");
    const files = { vocab: json(`${folder}/vocab.json`), merges: readFileSync(`${folder}/merges.txt`, "utf8") };
    const specialTokens = { ...(json(`${MEDIUM}/special_tokens_map.json`) as object), pad_token: "<|endoftext|>" };
    const encode = withoutLimit({ ...files, specialTokens });
    expect(encode("")).toEqual([49406, 49407]);
    expect(golden.strings.slice(0, golden.written).map(encode)).toEqual(golden.ids.openai);
    expect(mismatches("openai", encode)).toEqual([]);
  });
});

describe("edge cases", () => {
  const tokenizer: ClipTokenizer = createClipTokenizer(filesOf(TINY));

  test("half of a surrogate pair is the replacement character", () => {
    expect(tokenizer.encode("a\ud83db")).toEqual(tokenizer.encode("a\ufffdb"));
  });

  test("a text of 100 000 letters without a space is cut, not refused", () => {
    const { ids, count, truncatedText } = tokenizer.encodeWithOverflow("make".repeat(25_000));
    expect([ids.length, ids[76], count]).toEqual([77, 530, 49_999]); // mak e … mak e make
    expect(truncatedText).toBe("e" + "make".repeat(24_962));
  });
});

describe("what does not fit together is refused", () => {
  const { vocab, merges } = filesOf(TINY);
  const refusal = (files: ClipTokenizerFiles) => expect(() => createClipTokenizer(files));

  test("missing files", () => {
    refusal({}).toThrow(CheckpointError);
    refusal({ vocab }).toThrow(/there is no merges.txt/);
    refusal({ merges }).toThrow(/there is no vocab.json/);
  });

  test("malformed files", () => {
    refusal({ vocab: [], merges }).toThrow(/^vocab.json/);
    refusal({ vocab: { a: -1 }, merges }).toThrow(/^vocab.json: a/);
    refusal({ vocab, merges: "a b c\n" }).toThrow(/merges.txt.*"a b c"/);
    refusal({ tokenizerJson: { model: { type: "Unigram", vocab: [] } } }).toThrow(/^tokenizer.json: model/);
    refusal({ vocab, merges, config: { pad_token: 3 } }).toThrow(/^tokenizer_config.json: pad_token/);
    refusal({ vocab, merges, specialTokens: { eos_token: { content: "" } } }).toThrow(/^special_tokens_map.json/);
    refusal({ vocab, merges, specialTokens: { eos_token: { content: "x", lstrip: true } } }).toThrow(CheckpointError);
    refusal({ vocab, merges, config: { added_tokens_decoder: { x: { content: "y" } } } }).toThrow(
      /added_tokens_decoder/,
    );
  });

  test("files of different tokenizers", () => {
    refusal({ vocab, merges: "q z\n" }).toThrow(/merge 1 \("q z"\) needs the token "qz"/);
    refusal({ vocab, merges, config: { pad_token: "[PAD]" } }).toThrow(
      /pad_token "\[PAD\]" is not among its 531 tokens/,
    );
  });

  test("a folder, named in the message", async () => {
    const folder = await mkdtemp(join(tmpdir(), "tokenizer-"));
    await expect(loadClipTokenizer(folder)).rejects.toThrow(`tokenizer in ${folder}`);
    await expect(loadClipTokenizer(join(folder, "nowhere"))).rejects.toBeInstanceOf(CheckpointError);
    await writeFile(join(folder, "vocab.json"), "{");
    await expect(loadClipTokenizer(folder)).rejects.toThrow(/vocab.json is not JSON/);
  });
});
