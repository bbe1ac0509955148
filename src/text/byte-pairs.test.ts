import fc from "fast-check";
import { expect, test } from "vitest";

import { CheckpointError } from "../errors.ts";
import { BYTE_SYMBOLS, bytePairEncoder } from "./byte-pairs.ts";

test("every byte has a visible symbol of its own", () => {
  expect(new Set(BYTE_SYMBOLS).size).toBe(256);
  expect(BYTE_SYMBOLS[0x41]).toBe("A");
  expect([0x00, 0x20, 0x7f, 0xa0, 0xad, 0xff].map((byte) => BYTE_SYMBOLS[byte])).toEqual([
    "Ā",
    "Ġ",
    "ġ",
    "ł",
    "Ń",
    "ÿ",
  ]);
});

test("merges go by rank, then from the left", () => {
  const merges = [
    ["a", "b"],
    ["b", "b"],
    ["ab", "ab"],
    ["bb", "a"],
  ] as const;
  const tokens = ["a", "b", "c", "</w>", ...merges.map(([left, right]) => left + right)];
  const encode = bytePairEncoder({ vocab: new Map(tokens.map((t, id) => [t, id])), merges }, { unknown: 99 });
  const split = (word: string) => encode(word).map((id) => tokens[id]);
  expect(split("abab")).toEqual(["abab"]);
  expect(split("bbb")).toEqual(["bb", "b"]);
  expect(split("bbab")).toEqual(["bb", "ab"]);
  expect(split("bbbac")).toEqual(["bb", "b", "a", "c"]);
  expect(encode("x")).toEqual([99]);
});

test("equals merging the best pair again and again", () => {
  const letters = ["a", "b", "c"];
  const pair = fc.tuple(fc.nat(), fc.nat());
  fc.assert(
    fc.property(
      fc.array(pair, { maxLength: 12 }),
      fc.array(fc.constantFrom(...letters), { minLength: 1, maxLength: 30 }),
      (picks, word) => {
        const tokens = [...letters];
        const merges: [string, string][] = [];
        for (const [i, j] of picks) {
          const [left, right] = [tokens[i % tokens.length], tokens[j % tokens.length]];
          if (tokens.includes(left + right)) continue;
          tokens.push(left + right);
          merges.push([left, right]);
        }
        const encode = bytePairEncoder({ vocab: new Map(tokens.map((t, id) => [t, id])), merges }, { unknown: 99 });
        expect(encode(word.join("")).map((id) => tokens[id])).toEqual(slowly(word, merges));
      },
    ),
    { seed: 5, numRuns: 500 },
  );
});

/** One merge at a time, searched for from scratch. */
function slowly(word: readonly string[], merges: readonly (readonly [string, string])[]): string[] {
  const symbols = [...word];
  for (;;) {
    const best = merges.find(([left, right]) => symbols.some((s, i) => s === left && symbols[i + 1] === right));
    if (best === undefined) return symbols;
    const at = symbols.findIndex((s, i) => s === best[0] && symbols[i + 1] === best[1]);
    symbols.splice(at, 2, best[0] + best[1]);
  }
}

test("a merge outside the vocabulary is refused", () => {
  const files = {
    vocab: new Map([
      ["a", 0],
      ["b", 1],
    ]),
    merges: [["a", "b"]] as const,
  };
  expect(() => bytePairEncoder(files, { unknown: 0 })).toThrow(CheckpointError);
  expect(() => bytePairEncoder(files, { unknown: 0 })).toThrow(/merge 1 \("a b"\) needs the token "ab"/);
});
