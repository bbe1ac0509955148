/** First-order samplers. With d = (x − D(x; σ)) / σ the probability-flow ODE is dx/dσ = d. */

import { combine } from "../combine.ts";
import { clip } from "../denoiser.ts";
import type { Solver } from "../sample.ts";
import { timestepAt } from "../schedule.ts";

/** Noise put back before steps from `min` <= σ <= `max`: `amount` over the whole run, with deviation `noise`. */
export interface Churn {
  readonly amount: number;
  readonly min?: number;
  readonly max?: number;
  readonly noise?: number;
}

/** Euler's method, with churn Algorithm 2 of Karras et al. 2022 without its correction. Draws only where it churns. */
export function euler(churn: Churn = { amount: 0 }): Solver {
  const { amount, min = 0, max = Infinity, noise = 1 } = churn;
  return ({ denoise, schedule: { levels, table }, random }) =>
    async (x, i) => {
      const { sigma, next, t } = levels[i];
      const gamma = sigma >= min && sigma <= max ? Math.min(amount / levels.length, Math.SQRT2 - 1) : 0;
      const hat = sigma * (1 + gamma);
      const xHat = gamma > 0 ? combine([1, x], [noise * Math.sqrt(hat ** 2 - sigma ** 2), random.normal(x.length)]) : x;
      const denoised = await denoise(xHat, hat, gamma > 0 ? timestepAt(table, hat) : t);
      return { x: combine([next / hat, xHat], [1 - next / hat, denoised]), denoised };
    };
}

/**
 * Euler's method with a part of the noise exchanged at every step: DDIM (Song et al. 2021, eq. 12 and 16) written in σ.
 * `eta` = 0 exchanges nothing and draws nothing; `eta` = 1 is k-diffusion's Euler ancestral, and DDPM's ancestral
 * sampling with the smaller variance. `clipTo` limits D but not the noise that it leaves, as DDIM has it.
 */
export function ancestral({ eta = 1, clipTo = Infinity }: { eta?: number; clipTo?: number } = {}): Solver {
  return ({ denoise, schedule: { levels }, random }) =>
    async (x, i) => {
      const { sigma, next, t } = levels[i];
      const estimate = await denoise(x, sigma, t);
      const denoised = clip(estimate, clipTo);
      const up = eta * next * Math.sqrt(1 - (next / sigma) ** 2);
      const down = Math.sqrt(next ** 2 - up ** 2);
      const moved = combine([1, denoised], [down / sigma, x], [-down / sigma, estimate]);
      return { x: eta > 0 ? combine([1, moved], [up, random.normal(x.length)]) : moved, denoised };
    };
}
