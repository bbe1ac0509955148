import { expect, it } from "vitest";
import { FIRST_TRAINING_SEED, trainingSeeds } from "./scenes.ts";

it("seeds of training are never those of measuring, and each seed has its own", () => {
  const drawn = [0, 1, 2 ** 40 + 7].map((seed) => Array.from({ length: 2000 }, (_, i) => trainingSeeds(seed)(i)));
  for (const seeds of drawn) {
    expect(Math.min(...seeds)).toBeGreaterThanOrEqual(FIRST_TRAINING_SEED);
    expect(Math.max(...seeds)).toBeLessThan(2 ** 32);
  }
  expect(drawn[0]).toEqual(Array.from({ length: 2000 }, (_, i) => FIRST_TRAINING_SEED + i));
  expect(new Set(drawn.flat()).size).toBe(6000);
});
