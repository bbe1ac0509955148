import { expect, test } from "vitest";

import { UsageError } from "../errors.ts";
import { EDIT_KINDS, OBJECT_EDIT_KINDS, SPLITS } from "./hold-out.ts";
import { samplePair } from "./pairs.ts";

const seeds = (count: number) => Array.from({ length: count }, (_, seed) => seed);

test("a seed gives the same pair, another seed another", () => {
  for (const seed of seeds(20)) {
    expect(samplePair(seed)).toEqual(samplePair(seed));
    expect(samplePair(seed)).not.toEqual(samplePair(seed + 1));
  }
});

test("captions differ wherever scenes do", () => {
  for (const seed of seeds(2000)) {
    const { captions, before, after } = samplePair(seed);
    expect(after).not.toEqual(before);
    expect(captions.output).not.toBe(captions.input);
  }
});

test("all kinds are equally frequent", () => {
  const kinds = seeds(2400).map((seed) => samplePair(seed).editKind);
  for (const kind of EDIT_KINDS) {
    const count = kinds.filter((other) => other === kind).length;
    expect(Math.abs(count - 200)).toBeLessThan(60); // 4 standard deviations
  }
});

test.each(SPLITS)("there are pairs of every kind of object edit in split %s", (split) => {
  for (const kind of [...OBJECT_EDIT_KINDS, "compound", "no-op"] as const) {
    for (const seed of seeds(20)) expect(samplePair(seed, { split, kinds: [kind] }).editKind).toBe(kind);
  }
});

test("scenes have the number of objects that is asked for", () => {
  for (const objects of [1, 2, 3, 4]) {
    const { before } = samplePair(7, { objects, kinds: ["recolour"] });
    expect(Object.keys(before.objects)).toHaveLength(objects);
  }
});

test("a pair that cannot be is refused", () => {
  expect(() => samplePair(0, { split: "held-out", kinds: ["time"] })).toThrow(UsageError);
  expect(() => samplePair(0, { objects: 4, kinds: ["add"] })).toThrow(/nothing is added/);
});

test("the texts of a hundred seeds are these, for models are trained on them", async () => {
  const pairs = seeds(100).map((seed) => samplePair(seed));
  const lines = pairs.flatMap(({ instruction, captions }) => [instruction, captions.input, captions.output]);
  await expect(lines.join("\n") + "\n").toMatchFileSnapshot("../../test/golden/miniature/texts.txt");
});
