import { describe, expect, it } from "vitest";
import { type CurveOptions, lossCurve } from "./loss-curve.ts";

const points = (...values: number[]) => values.map((value, i) => ({ step: i + 1, value }));

/** The dots of a curve, one character each, without Braille. */
function dots(values: number[], options: CurveOptions): string[] {
  const { rows } = lossCurve(points(...values), options);
  const bits = [
    [0x01, 0x02, 0x04, 0x40],
    [0x08, 0x10, 0x20, 0x80],
  ];
  return rows.flatMap((row) =>
    [0, 1, 2, 3].map((y) =>
      [...row].flatMap((cell) => bits.map((column) => (cell.codePointAt(0)! & column[y] ? "#" : "."))).join(""),
    ),
  );
}

describe("a curve", () => {
  it("has a dot for every value, and joins them", () => {
    expect(dots([3, 2, 1, 0], { width: 2, height: 1 })).toEqual(["#...", ".#..", "..#.", "...#"]);
    expect(dots([0, 3, 3, 0], { width: 2, height: 1 })).toEqual([".##.", ".#.#", ".#.#", "#..#"]);
  });

  it("passes through the mean where values are many, and straight where they are few", () => {
    const many = [0, 6, 0, 6, 0, 6, 8, 10, 14, 16].flatMap((value) => [value, value]);
    const { high, low } = lossCurve(points(...many), { width: 1, height: 1 });
    expect({ high, low }).toEqual({ high: 10.8, low: 2.4 });
    expect(dots([0, 3], { width: 2, height: 1 })).toEqual(["...#", "..#.", ".#..", "#..."]);
  });

  it("may have a logarithmic scale, which leaves out what has no logarithm", () => {
    expect(dots([1, 10, 100, 1000], { width: 2, height: 1, log: true })).toEqual(["...#", "..#.", ".#..", "#..."]);
    const { high, low } = lossCurve(points(1, 0, -3, 100), { width: 2, height: 1, log: true });
    expect(high).toBeCloseTo(100, 10);
    expect(low).toBe(1);
  });

  it("leaves out what is not finite", () => {
    const { high, low } = lossCurve(points(1, Number.NaN, 3, Number.POSITIVE_INFINITY), { width: 2, height: 1 });
    expect({ high, low }).toEqual({ high: 3, low: 1 });
  });

  it("is a line in the middle where all is the same, and empty where there is nothing", () => {
    expect(dots([5], { width: 1, height: 1 })).toEqual(["..", "..", "##", ".."]);
    expect(lossCurve([], { width: 3, height: 2 })).toEqual({ rows: ["⠀⠀⠀", "⠀⠀⠀"] });
  });
});
