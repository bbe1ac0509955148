/** Heun's method. */

import { combine } from "../combine.ts";
import type { Solver } from "../sample.ts";

/** The second-order method of Karras et al. 2022, Algorithm 1: two evaluations a step, one in the last. */
export const heun: Solver = ({ denoise, schedule: { levels } }) => {
  return async (x, i) => {
    const { sigma, next, t } = levels[i];
    const first = await denoise(x, sigma, t);
    const predicted = combine([next / sigma, x], [1 - next / sigma, first]);
    if (next === 0) return { x: predicted, denoised: first };
    const second = await denoise(predicted, next, levels[i + 1].t);
    const half = (next - sigma) / 2; // x + half · (d + d'), with d = (x − D) / σ at either end
    const corrected = combine(
      [1 + half / sigma, x],
      [-half / sigma, first],
      [half / next, predicted],
      [-half / next, second],
    );
    return { x: corrected, denoised: second };
  };
};
