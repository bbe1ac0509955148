import { describe, expect, it } from "vitest";
import { paceOf, smoother } from "./pace.ts";

describe("the smoothed loss", () => {
  it("is the weighted mean of all values, weights falling by beta", () => {
    const values = [3, -1, 0.5, 8, 2];
    const add = smoother(0.7);
    const smoothed = values.map(add);
    for (const [n, value] of smoothed.entries()) {
      const weights = values.slice(0, n + 1).map((_, i) => 0.7 ** (n - i));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const mean = weights.reduce((sum, weight, i) => sum + (weight * values[i]) / total, 0);
      expect(value).toBeCloseTo(mean, 12);
    }
  });

  it("is not spoilt by a value that is no number", () => {
    const add = smoother(0.9);
    expect(add(Number.NaN)).toBeNaN();
    expect(add(4)).toBeCloseTo(4, 12);
    expect(add(Number.POSITIVE_INFINITY)).toBeCloseTo(4, 12);
    expect(add(4)).toBeCloseTo(4, 12);
  });
});

describe("pace", () => {
  it("says nothing after one step, and does not count what the first took", () => {
    const pace = paceOf({ steps: 11 });
    expect(pace(1, 8, 100)).toEqual({});
    expect(pace(2, 8, 102)).toEqual({ imagesPerSecond: 4, secondsLeft: 18 });
  });

  it("has the speed of the last steps, and the time left by all of them", () => {
    const pace = paceOf({ steps: 20, window: 2 });
    const times = [0, 1, 2, 10, 11, 12]; // a pause of seven seconds among steps of one
    const said = times.map((time, i) => pace(i + 1, 4, time));
    expect(said[3]).toEqual({ imagesPerSecond: 8 / 9, secondsLeft: (16 * 10) / 3 });
    expect(said[5]).toEqual({ imagesPerSecond: 4, secondsLeft: (14 * 12) / 5 });
  });

  it("starts anew in a resumed run", () => {
    const pace = paceOf({ steps: 1000 });
    pace(901, 2, 5);
    expect(pace(902, 2, 6)).toEqual({ imagesPerSecond: 2, secondsLeft: 98 });
  });

  it("has no time left when more steps are done than were asked for", () => {
    const pace = paceOf({ steps: 2 });
    pace(1, 1, 0);
    expect(pace(3, 1, 1).secondsLeft).toBe(0);
  });
});
