/** Where the original code divides a data set. */

import { describe, expect, it } from "vitest";
import { UsageError } from "../errors.ts";
import { expected } from "./golden.test-data.ts";
import { splitRange } from "./splits.ts";

describe("splitRange", () => {
  it.each(expected.splits)("divides $length by $fractions as Python's doubles do", ({ length, fractions, ends }) => {
    expect(splitRange(length, "train", fractions)).toEqual({ start: 0, end: ends[0] });
    expect(splitRange(length, "val", fractions)).toEqual({ start: ends[0], end: ends[1] });
    expect(splitRange(length, "test", fractions)).toEqual({ start: ends[1], end: ends[2] });
    expect(splitRange(length, "all", fractions)).toEqual({ start: 0, end: length });
  });

  it("divides the published set by the released fractions", () => {
    const sizes = (["train", "val", "test"] as const).map((split) => splitRange(313_010, split));
    expect(sizes.map(({ start, end }) => end - start)).toEqual([281_709, 15_650, 15_651]);
  });

  it("takes shares whose doubles miss 1 by an ulp", () => {
    expect(splitRange(10, "test", [0.7, 0.2, 0.1])).toEqual({ start: 9, end: 10 });
  });

  it.each([[[0.9, 0.05, 0.1]], [[0.9, 0.2, -0.1]], [[Number.NaN, 0.5, 0.5]]] as const)(
    "refuses the shares %j",
    (fractions) => {
      expect(() => splitRange(10, "train", fractions)).toThrow(UsageError);
    },
  );
});
