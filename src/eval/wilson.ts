/** How sure a share is: Wilson's score interval. */

import { UsageError } from "../errors.ts";

/** A share of trials with its 95 % interval; all in 0 … 1 but the counts. */
export interface Share {
  readonly successes: number;
  readonly n: number;
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

/** The normal distribution's 97.5 % quantile: what a two-sided 95 % interval reaches to. */
const Z = 1.959963984540054;

/**
 * `successes` of `n` trials as a share with Wilson's interval (1927), which keeps inside 0 … 1 and is right for shares near
 * the ends and for few trials.
 *
 * @throws UsageError for fewer than one trial, or counts that are none
 */
export function wilson(successes: number, n: number): Share {
  if (!(Number.isInteger(n) && n >= 1 && Number.isInteger(successes) && successes >= 0 && successes <= n)) {
    throw new UsageError(`expected a number of successes among at least 1 trial, got ${successes} of ${n}`);
  }
  const share = successes / n;
  const weight = Z ** 2 / n;
  const middle = (share + weight / 2) / (1 + weight);
  const reach = (Z / (1 + weight)) * Math.sqrt((share * (1 - share)) / n + weight / (4 * n));
  return {
    ...{ successes, n, share },
    low: successes === 0 ? 0 : middle - reach,
    high: successes === n ? 1 : middle + reach,
  };
}

/** The share of `outcomes` that are true. @throws UsageError when there are none */
export function shareOf(outcomes: readonly boolean[]): Share {
  return wilson(outcomes.filter((outcome) => outcome).length, outcomes.length);
}
