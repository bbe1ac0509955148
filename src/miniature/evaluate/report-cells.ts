/** Numbers as a report writes them. */

import type { Mean } from "../../eval/bootstrap.ts";
import type { Share } from "../../eval/wilson.ts";

/** What stands where there is no number. */
export const NONE = "–";

/** `81.2 % (77.5–84.4)`: a share with its interval. */
export function shareCell(share: Share | undefined): string {
  return share === undefined ? NONE : `${percent(share.share)} % (${percent(share.low)}–${percent(share.high)})`;
}

/** The same for the mean of numbers in 0 … 1. */
export function percentCell(mean: Mean | undefined): string {
  return mean === undefined ? NONE : `${percent(mean.mean)} % (${percent(mean.low)}–${percent(mean.high)})`;
}

/** `27.31 (27.10–27.52)`: a mean with its interval. */
export function meanCell(mean: Mean | undefined, digits = 2): string {
  if (mean === undefined) return NONE;
  const [middle, low, high] = [mean.mean, mean.low, mean.high].map((value) => value.toFixed(digits));
  return `${middle} (${low}–${high})`;
}

function percent(value: number): string {
  return (100 * value).toFixed(1);
}
