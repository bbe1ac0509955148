/** test/golden/diffusers.json: summaries of what diffusers and transformers give for tiny models. */

import { readFileSync } from "node:fs";
import { expect } from "vitest";
import type { JsonObject } from "../../src/models/config.ts";
import type { NdArray } from "../../src/ndarray.ts";

/** A tensor in brief. `std` is the population's. */
export interface Summary {
  readonly shape: readonly number[];
  readonly first8: readonly number[];
  readonly last4: readonly number[];
  readonly sum: number;
  readonly abs_mean: number;
  readonly std: number;
}

const file = new URL("../golden/diffusers.json", import.meta.url);
const goldens = JSON.parse(readFileSync(file, "utf8")) as Readonly<Record<string, never>>;

/** The names of all records that begin with `prefix`. */
export function goldenNames(prefix: string): readonly string[] {
  return Object.keys(goldens).filter((name) => name.startsWith(prefix));
}

export function goldenConfig(name: string): JsonObject {
  return goldens[name];
}

export function goldenSummary(name: string): Summary {
  return goldens[name];
}

/**
 * How far a tensor is from a summary: the largest difference of single elements relative to the largest of them, of
 * the deviation and the mean size relative to themselves, and of the mean relative to the mean size.
 */
export function summaryError({ shape, data }: NdArray, golden: Summary): number {
  expect(shape).toEqual(golden.shape);
  const values = Array.from(data);
  const size = Math.max(...golden.first8.map(Math.abs), ...golden.last4.map(Math.abs));
  const wanted = [...golden.first8, ...golden.last4];
  const elements = [...values.slice(0, 8), ...values.slice(-4)].map((value, i) => Math.abs(value - wanted[i]) / size);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const std = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  const absMean = values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length;
  return Math.max(
    ...elements,
    Math.abs(std / golden.std - 1),
    Math.abs(absMean / golden.abs_mean - 1),
    Math.abs(mean - golden.sum / values.length) / golden.abs_mean,
  );
}
