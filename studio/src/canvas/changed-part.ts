/** Where a result differs from its picture, as a mask: what the model took the words to be about. */

import { type PixelChange, VISIBLE } from "./difference.ts";
import { feathered } from "./feather.ts";
import type { Size } from "./zoom.ts";

/** Blur before and margin after the choice of pixels, in parts of the long side: a mask of single pixels is of no use. */
const SOFTNESS = 0.01;

/** Of the blurred choice, what still belongs to it: a margin for what is drawn over the old edge. */
const MARGIN = 0.1;

/** 255 where much changed, 0 elsewhere; undefined where nothing changed that a person could see. */
export function changedPart(change: PixelChange, size: Size): Uint8Array | undefined {
  const blur = { size, feather: Math.max(1, SOFTNESS * Math.max(size.width, size.height)) };
  const smooth = feathered(change, blur);
  const threshold = Math.max(VISIBLE, parting(smooth));
  const chosen = smooth.map((value) => (value > threshold ? 255 : 0));
  if (!chosen.includes(255)) return undefined;
  return Uint8Array.from(feathered(chosen, blur), (value) => (value > 255 * MARGIN ? 255 : 0));
}

/** The value, 0 … 255, that parts values best into low and high ones (Otsu 1979). */
function parting(values: Float32Array): number {
  const counts = new Float64Array(256);
  for (const value of values) {
    const bin = Math.min(255, Math.floor(value));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const total = counts.reduce((sum, count, bin) => sum + bin * count, 0);
  let [best, widest, below, sum] = [0, 0, 0, 0];
  for (const [bin, count] of counts.entries()) {
    below += count;
    sum += bin * count;
    const above = values.length - below;
    if (below === 0 || above === 0) continue;
    const spread = below * above * (sum / below - (total - sum) / above) ** 2;
    if (spread > widest) [best, widest] = [bin + 1, spread];
  }
  return best;
}
