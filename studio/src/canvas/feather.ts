/** Soft edges: a blur that is the same in every browser. */

import type { MaskPlan } from "./mask-plan.ts";

/** Box blurs that, one after the other, come close to a Gaussian. */
const PASSES = 3;

/** A mask's opacity, blurred by about a Gaussian of the plan's feather; beyond its edge the picture goes on as it is there. */
export function feathered(opacity: Float32Array, { size, feather }: Pick<MaskPlan, "size" | "feather">): Float32Array {
  const { width, height } = size;
  let current = opacity;
  for (const radius of radiiOf(feather)) {
    const across = boxed(current, { lines: height, length: width, step: 1, next: width, radius });
    current = boxed(across, { lines: width, length: height, step: width, next: 1, radius });
  }
  return current;
}

/** Two sizes of boxes whose variances add up to nearly the Gaussian's (Kovesi 2010, Fast almost-Gaussian filtering). */
function radiiOf(sigma: number): number[] {
  const ideal = Math.sqrt((12 * sigma * sigma) / PASSES + 1);
  const small = 2 * Math.floor((ideal - 1) / 2) + 1;
  const surplus = PASSES * (small * small + 4 * small + 3) - 12 * sigma * sigma;
  const smallOnes = Math.round(surplus / (4 * small + 4));
  const radii = Array.from({ length: PASSES }, (_, i) => (i < smallOnes ? (small - 1) / 2 : (small + 1) / 2));
  return radii.filter((radius) => radius > 0);
}

interface Lines {
  readonly lines: number;
  readonly length: number;
  /** From one value to the next of a line, and from one line to the next. */
  readonly step: number;
  readonly next: number;
  readonly radius: number;
}

/** Each value becomes the mean of those at most `radius` from it in its line. */
function boxed(values: Float32Array, { lines, length, step, next, radius }: Lines): Float32Array {
  const result = new Float32Array(values.length);
  for (let line = 0; line < lines; line++) {
    const at = (i: number) => values[line * next + Math.min(length - 1, Math.max(0, i)) * step] ?? 0;
    let sum = 0;
    for (let i = -radius; i <= radius; i++) sum += at(i);
    for (let i = 0; i < length; i++) {
      result[line * next + i * step] = sum / (2 * radius + 1);
      sum += at(i + radius + 1) - at(i - radius);
    }
  }
  return result;
}
