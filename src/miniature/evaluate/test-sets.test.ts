import { describe, expect, it } from "vitest";

import { UsageError } from "../../errors.ts";
import { occupiedSlots } from "../attributes.ts";
import { samplePair } from "../pairs.ts";
import { FIRST_TRAINING_SEED } from "../recipes/scenes.ts";
import { TEST_SETS, testPair } from "./test-sets.ts";

describe("a test set", () => {
  it.each(TEST_SETS)("%s has every kind of edit in turn, the same every time", (set) => {
    const kinds = Array.from({ length: 14 }, (_, index) => testPair(set, index).editKind);
    const period = {
      "held-out": 7,
      "unseen-combinations": 7,
      "unseen-phrasings": 12,
      trained: 12,
      "four-objects": 11,
      "no-op": 1,
    };
    expect(new Set(kinds).size).toBe(period[set]);
    expect(kinds[period[set] % 14]).toBe(kinds[0]);
    expect(testPair(set, 3, 8)).toEqual(testPair(set, 3, 8));
    expect(testPair(set, 3, 8)).not.toEqual(testPair(set, 3, 9));
  });

  it("holds out what it says", () => {
    const [four, none, held] = [testPair("four-objects", 1), testPair("no-op", 2), testPair("held-out", 5, 100)];
    expect(occupiedSlots(four.before)).toHaveLength(4);
    expect(none.changed).toEqual([]);
    expect(none.before).toEqual(none.after);
    expect(held).toEqual(samplePair(105, { split: "held-out", kinds: [held.editKind] }));
  });

  it("never has a seed that is trained on", () => {
    expect(() => testPair("held-out", 10, FIRST_TRAINING_SEED - 10)).toThrow(UsageError);
    expect(() => testPair("held-out", 9, FIRST_TRAINING_SEED - 10)).not.toThrow();
    expect(() => testPair("no-op", 0, FIRST_TRAINING_SEED - 10)).toThrow(/got 1499990 for the first/);
  });

  it("has no scene in common with another", () => {
    const layouts = TEST_SETS.map((set) => testPair(set, 0).before.layout);
    expect(new Set(layouts).size).toBe(TEST_SETS.length);
  });
});
