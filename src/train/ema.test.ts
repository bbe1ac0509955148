import { describe, expect, it } from "vitest";
import { formulas } from "../../test/train/goldens.ts";
import { EMA_DEFAULTS, emaDecay } from "./ema.ts";

describe("the decay of the moving average", () => {
  it.each([
    [1, 2 / 11],
    [2, 0.25],
    [10, 0.55],
    [100, 101 / 110],
    [1000, 1001 / 1010],
    [10_000, 10_001 / 10_010],
    [89_989, 89_990 / 89_999],
    [89_990, 0.9999],
    [1_000_000, 0.9999],
  ])("of the original's update %i is %f", (update, decay) => {
    expect(emaDecay(update)).toBeCloseTo(decay, 12);
  });

  it("is diffusers'", () => {
    const { updates, diffusers } = formulas<{ updates: readonly number[]; diffusers: readonly number[] }>("averages");
    expect(updates.map((update) => emaDecay(update, { ...EMA_DEFAULTS, ramp: "diffusers" }))).toEqual(diffusers);
    expect(diffusers[0]).toBe(0);
  });

  it("is never more than asked for", () => {
    expect(emaDecay(1000, { ...EMA_DEFAULTS, decay: 0.9 })).toBe(0.9);
    expect(emaDecay(1, { ...EMA_DEFAULTS, decay: 0.9 })).toBe(2 / 11);
  });
});
