import { describe, expect, it } from "vitest";
import { formulas } from "../../test/train/goldens.ts";
import { UsageError } from "../errors.ts";
import { type LearningRateSchedule, learningRate, SCHEDULES } from "./learning-rate.ts";

interface Case {
  readonly schedule: LearningRateSchedule;
  readonly base: number;
  readonly warmup: number;
  readonly total: number;
  readonly cycles: number;
  readonly rates: readonly number[];
}

const cases = formulas<readonly Case[]>("schedules");

describe("learning rates are diffusers'", () => {
  it.each(cases)("$schedule, warm-up $warmup of $total, cycles $cycles", ({ schedule, base, rates, ...options }) => {
    for (const [step, rate] of rates.entries()) {
      expect(Math.abs(learningRate(schedule, base, step, options) - rate), `${step}`).toBeLessThan(1e-12 * base);
    }
  });

  it("for every schedule there is", () => {
    expect(new Set(cases.map(({ schedule }) => schedule))).toEqual(new Set(SCHEDULES));
    expect(cases.every(({ rates, total }) => rates.length === total + 3)).toBe(true);
  });
});

describe("what no rate can be made of", () => {
  it.each([Number.NaN, 0, -1e-4, Infinity])("is a base rate of %s", (base) => {
    expect(() => learningRate("constant", base, 0, { total: 10 })).toThrow(UsageError);
    expect(() => learningRate("constant", base, 0, { total: 10 })).toThrow(`above 0, got ${base}`);
  });

  it("is a base rate below the one where the polynomial ends", () => {
    expect(() => learningRate("polynomial", 1e-7, 0, { total: 10 })).toThrow(UsageError);
    expect(learningRate("linear", 1e-7, 5, { total: 10 })).toBeCloseTo(5e-8, 12);
  });

  it("is an unknown schedule", () => {
    const unknown = "exponential" as LearningRateSchedule;
    expect(() => learningRate(unknown, 1e-4, 0, { total: 10 })).toThrow(UsageError);
    expect(() => learningRate(unknown, 1e-4, 0, { total: 10 })).toThrow("constant_with_warmup");
  });
});
