/** The parts of a data set: training, validation and test, by position. */

import { UsageError } from "../errors.ts";

export type Split = "train" | "val" | "test" | "all";

/** Shares of train, val and test. */
export type Fractions = readonly [train: number, val: number, test: number];

/** Positions `start` … `end` − 1. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

const FRACTIONS: Fractions = [0.9, 0.05, 0.05];

/**
 * The positions of a split among `length` examples in the order of their index, nothing shuffled, as the reference
 * divides them: train up to ⌊0.9 n⌋, val from there to ⌊(0.9 + 0.05) n⌋, test the rest. A split may be empty.
 *
 * @throws UsageError when the fractions are negative or do not add up to 1.
 */
export function splitRange(length: number, split: Split, fractions: Fractions = FRACTIONS): Range {
  const [train, val, test] = fractions;
  if (!(train >= 0 && val >= 0 && test >= 0 && Math.abs(train + val + test - 1) < 1e-9)) {
    throw new UsageError(`expected shares of train, val and test that add up to 1, got ${fractions.join(", ")}`);
  }
  const first = Math.floor(train * length);
  const second = Math.floor((train + val) * length);
  return {
    train: { start: 0, end: first },
    val: { start: first, end: second },
    test: { start: second, end: length },
    all: { start: 0, end: length },
  }[split];
}
