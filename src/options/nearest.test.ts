/** Suggestions for mistyped names. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { didYouMean, editDistance, nearest } from "./nearest.ts";

describe("editDistance", () => {
  it.each([
    ["", "", 0],
    ["", "abc", 3],
    ["kitten", "sitting", 3],
    ["ab", "ba", 1],
    ["ca", "abc", 3],
    ["--cfg-imgae", "--cfg-image", 1],
  ])("%j → %j is %d", (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });

  it("is symmetric, zero only between equals, at most the longer length", () => {
    const word = fc.string({ maxLength: 8, unit: fc.constantFrom("a", "b", "c") });
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = editDistance(a, b);
        expect(distance).toBe(editDistance(b, a));
        expect(distance === 0).toBe(a === b);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });
});

describe("nearest", () => {
  const flags = ["--cfg-image", "--cfg-text", "--steps", "--seed", "--out"];

  it.each([
    ["--cfg-img", "--cfg-image"],
    ["--cfgimage", "--cfg-image"],
    ["--stpes", "--steps"],
    ["--SEED", "--seed"],
  ])("%s means %s", (name, meant) => {
    expect(nearest(name, flags)).toBe(meant);
    expect(didYouMean(name, flags)).toBe(` (did you mean ${meant}?)`);
  });

  it.each(["--hovercraft", "x", ""])("%j means none of them", (name) => {
    expect(nearest(name, flags)).toBeUndefined();
    expect(didYouMean(name, flags)).toBe("");
  });
});
