/** How sure a mean is: the percentile bootstrap. */

import { UsageError } from "../errors.ts";
import { torchCpuRandom } from "../random.ts";

/** A mean with its 95 % interval. */
export interface Mean {
  /** Values it is of. */
  readonly n: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

export interface BootstrapOptions {
  /** Default 1000. */
  readonly resamples?: number;
  /** Seed of the drawing. Default 0. */
  readonly seed?: number;
}

/** The mean of some values with its percentile-bootstrap interval (Efron 1979). @throws UsageError when there are none */
export function bootstrapMean(values: readonly number[], options: BootstrapOptions = {}): Mean {
  const items = values.map((mean) => ({ mean }));
  return bootstrapMeans(items, ["mean"], options).mean;
}

/** The same for several numbers of each item; whole items are drawn. */
export function bootstrapMeans<Name extends string>(
  items: readonly Readonly<Record<Name, number>>[],
  names: readonly Name[],
  options: BootstrapOptions = {},
): Readonly<Record<Name, Mean>> {
  const { resamples = 1000, seed = 0 } = options;
  const n = items.length;
  if (n === 0) throw new UsageError("expected at least one value to take a mean of, got none");
  const random = torchCpuRandom(seed);
  const columns = names.map((name) => Float64Array.from(items, (item) => item[name]));
  const drawn = names.map(() => new Float64Array(resamples));
  for (let resample = 0; resample < resamples; resample++) {
    for (let i = 0; i < n; i++) {
      const item = random.integer(n);
      for (let column = 0; column < columns.length; column++) drawn[column][resample] += columns[column][item] / n;
    }
  }
  const means = columns.map((values, i): Mean => {
    const sorted = drawn[i].sort();
    const mean = values.reduce((sum, value) => sum + value, 0) / n;
    return { n, mean, low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) };
  });
  return Object.fromEntries(names.map((name, i) => [name, means[i]])) as Record<Name, Mean>;
}

/** Of sorted values, interpolated linearly between the two nearest: numpy's default. */
function quantile(sorted: Float64Array, q: number): number {
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] === sorted[above]
    ? sorted[below]
    : sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}
