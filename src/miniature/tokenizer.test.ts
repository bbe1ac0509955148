import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

import { torchCpuRandom } from "../random.ts";
import { createClipTokenizer } from "../text/clip-tokenizer.ts";
import { captionOf } from "./captions.ts";
import { SPLITS } from "./hold-out.ts";
import { samplePair } from "./pairs.ts";
import { sampleScene } from "./scene.ts";
import { miniatureTokenizerFiles, TEXT_LENGTH } from "./tokenizer.ts";

const FOLDER = "test/golden/miniature";
const NAMES = ["vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json"] as const;

const files = miniatureTokenizerFiles();
const json = (name: string): unknown => JSON.parse(files.get(name)!);
const tokenizer = createClipTokenizer({
  vocab: json("vocab.json"),
  merges: files.get("merges.txt"),
  config: json("tokenizer_config.json"),
  specialTokens: json("special_tokens_map.json"),
});
const room = TEXT_LENGTH - 2;

describe("the files", () => {
  test.each(NAMES)("%s is this, for models are trained with it", async (name) => {
    await expect(files.get(name)).toMatchFileSnapshot(`../../${FOLDER}/tokenizer/${name}`);
  });

  test("give the ids that transformers gives", () => {
    const golden = JSON.parse(readFileSync(`${FOLDER}/ids.json`, "utf8")) as [string, number[]][];
    expect(golden.length).toBeGreaterThan(300);
    for (const [text, ids] of golden) {
      const padded = Array.from({ length: TEXT_LENGTH }, (_, i) => ids[i] ?? tokenizer.padId);
      expect(Array.from(tokenizer.encode(text)), text).toEqual(padded);
    }
  });

  test("pad with the end mark to forty ids", () => {
    expect(tokenizer).toMatchObject({ length: 40, padId: tokenizer.eosId, bosId: tokenizer.eosId - 1 });
    expect(tokenizer.vocabSize).toBe(tokenizer.eosId + 1);
  });
});

describe("every text", () => {
  test.each(SPLITS)("of %s is one token a word, and fits", (split) => {
    for (let seed = 0; seed < 600; seed++) {
      const options = { split, objects: 1 + (seed % 4), kinds: ["recolour", "replace", "compound", "no-op"] as const };
      const { instruction, captions } = samplePair(seed, options);
      for (const text of [instruction, captions.input, captions.output]) {
        const { count } = tokenizer.encodeWithOverflow(text);
        expect(count, text).toBe(text.match(/[a-z]+|[^a-z ]/g)?.length);
        expect(count, text).toBeLessThanOrEqual(room);
      }
    }
  });

  test("that says everything, fits", () => {
    const random = torchCpuRandom(9800);
    for (let i = 0; i < 1000; i++) {
      const { text } = captionOf(sampleScene(random, { objects: i % 5 }), random, { complete: true });
      expect(tokenizer.encodeWithOverflow(text).count, text).toBeLessThanOrEqual(room);
    }
  });
});

test("held-out phrasings are made of words that training has, for the tokenizer knows no others", () => {
  for (let seed = 0; seed < 2000; seed++) {
    const words = samplePair(seed, { split: "unseen-phrasings" }).instruction.match(/[a-z]+/g)!;
    expect(words.filter((word) => tokenizer.encodeWithOverflow(word).count !== 1)).toEqual([]);
  }
});
