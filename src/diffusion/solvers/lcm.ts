/** Sampling of latent consistency models (Luo et al. 2023). */

import { combine } from "../combine.ts";
import type { Solver } from "../sample.ts";

/** σ_data of the boundary condition. */
const SIGMA_DATA = 0.5;

/**
 * Multistep consistency sampling: jump to the clean sample, add the next level's noise anew.
 * `timestepScaling` sharpens the boundary condition that the estimate at t = 0 is the sample itself.
 */
export function lcm({ timestepScaling }: { timestepScaling: number }): Solver {
  return ({ denoise, schedule: { levels }, random }) =>
    async (x, i) => {
      const { sigma, next, t } = levels[i];
      const s = timestepScaling * t;
      const norm = Math.hypot(s, SIGMA_DATA);
      const cSkip = (SIGMA_DATA / norm) ** 2;
      const cOut = s / norm;
      const denoised = combine([cOut, await denoise(x, sigma, t)], [cSkip / Math.hypot(sigma, 1), x]);
      return { x: next > 0 ? combine([1, denoised], [next, random.normal(x.length)]) : denoised, denoised };
    };
}
