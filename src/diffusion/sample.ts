/** The loop that all samplers share: from noise down the levels of a schedule. */

import type { Normal } from "../random.ts";
import { combine } from "./combine.ts";
import type { Denoiser } from "./denoiser.ts";
import type { Schedule } from "./schedule.ts";

/** What a sampler has after a step. Breaking out of the loop that yields these cancels it. */
export interface SamplerStep {
  /** 1 … `steps`. */
  readonly step: number;
  readonly steps: number;
  /** The noise left in `x`. */
  readonly sigma: number;
  /** The current sample, scaled as the scheduler keeps its latents: in the end, the result. */
  readonly x: Float32Array;
  /** The latest estimate of the result. */
  readonly denoised: Float32Array;
}

/** Everything a solver works with. */
export interface Problem {
  readonly denoise: Denoiser;
  readonly schedule: Schedule;
  readonly random: Normal;
}

/** One step: from `x` = x0 + σ·ε at level `i` to the sample at that level's `next`. */
export type Advance = (x: Float32Array, i: number) => Promise<{ x: Float32Array; denoised: Float32Array }>;

/** A sampling algorithm. What it remembers from step to step begins anew with each call. */
export type Solver = (problem: Problem) => Advance;

/** Samples with `solver`, from `noise` of unit variance. */
export async function* sample(
  solver: Solver,
  noise: Float32Array,
  problem: Problem,
): AsyncGenerator<SamplerStep, void> {
  const { levels, start, preserving } = problem.schedule;
  const alpha = (sigma: number) => (preserving ? 1 / Math.hypot(sigma, 1) : 1);
  const advance = solver(problem);
  let latents = combine([start, noise]);
  for (const [i, { sigma, next }] of levels.entries()) {
    const { x, denoised } = await advance(combine([1 / alpha(sigma), latents]), i);
    latents = combine([alpha(next), x]);
    yield { step: i + 1, steps: levels.length, sigma: next, x: latents, denoised };
  }
}
