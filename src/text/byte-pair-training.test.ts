import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { clipTokenizerTexts, trainBytePairs } from "./byte-pair-training.ts";
import { createClipTokenizer } from "./clip-tokenizer.ts";

const FIXED = 514;
/** The example of Sennrich et al. 2016, whose first merges are e s, es t, est and the end, l o. */
const EXAMPLE = ["low ".repeat(5), "lower ".repeat(2), "newest ".repeat(6), "widest ".repeat(3)];

function pairs(texts: readonly string[], merges: number): string[] {
  return trainBytePairs(texts, { vocabularySize: FIXED + merges }).map((pair) => pair.join(" "));
}

function encoder(texts: readonly string[], vocabularySize: number) {
  const files = clipTokenizerTexts(trainBytePairs(texts, { vocabularySize }), { length: 77 });
  const json = (name: string): unknown => JSON.parse(files.get(name)!);
  return createClipTokenizer({
    vocab: json("vocab.json"),
    merges: files.get("merges.txt"),
    config: json("tokenizer_config.json"),
    specialTokens: json("special_tokens_map.json"),
  });
}

describe("merges", () => {
  test("join the most frequent neighbours first", () => {
    expect(pairs(EXAMPLE, 3)).toEqual(["e s", "es t</w>", "l o"]);
  });

  test("of equal frequency go by their symbols", () => {
    expect(pairs(EXAMPLE, 7).slice(3)).toEqual(["e w", "ew est</w>", "n ewest</w>", "lo w</w>"]);
    expect(pairs(["ba", "ab"], 1)).toEqual(["a b</w>"]);
    expect(pairs(["bab", "bad"], 1)).toEqual(["b a"]);
  });

  test("of overlapping pairs take the left one", () => {
    expect(pairs(["aaab"], 3)).toEqual(["a a", "a b</w>", "aa ab</w>"]);
  });

  test("end when every word is one symbol", () => {
    expect(pairs(["ab", "ab abc"], 100)).toHaveLength(3);
  });

  test("depend on how often words occur, not on their order", () => {
    const words = fc.array(fc.stringMatching(/^[abc]{1,6}$/), { minLength: 1, maxLength: 20 });
    const property = fc.property(words, (texts) => {
      expect(pairs([texts.join(" ")], 20)).toEqual(pairs(texts.toReversed(), 20));
    });
    fc.assert(property, { seed: 9800 });
  });
});

describe("a tokenizer's files", () => {
  test("make every word of the texts one token, when there is room", () => {
    const texts = ["Make it snow!", "the naïve café, twice", "don't"];
    const tokenizer = encoder(texts, 1000);
    expect(texts.map((text) => tokenizer.encodeWithOverflow(text).count)).toEqual([4, 5, 2]);
  });

  test("have the entries of Stable Diffusion's, in their order", () => {
    const tokenizer = encoder(EXAMPLE, FIXED + 2);
    expect(tokenizer).toMatchObject({ vocabSize: 516, bosId: 514, eosId: 515, padId: 515, length: 77 });
    expect(Array.from(tokenizer.encode("!w newest").subarray(0, 7))).toEqual([514, 256, 256 + 86, 77, 68, 86, 513]);
  });
});
