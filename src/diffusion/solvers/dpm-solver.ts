/** DPM-Solver++ (Lu et al. 2022), written in σ: with λ = −ln σ, D is taken for a polynomial in λ over a step. */

import { combine, type Term } from "../combine.ts";
import type { Solver } from "../sample.ts";
import type { Level } from "../schedule.ts";

export interface DpmOptions {
  /** 1, 2 or 3: how many of the latest estimates a step uses. */
  readonly order: number;
  /** Solve the diffusion SDE instead of the ODE. Draws noise at every step, also the last. */
  readonly stochastic: boolean;
  /** Which formula of second order. */
  readonly solver: "midpoint" | "heun";
  /** Go down to second and first order at the end of runs shorter than 15 steps. */
  readonly lowerOrderFinal: boolean;
  /** End with a step of first order in any case. A last step to σ = 0 always is one. */
  readonly eulerAtFinal: boolean;
}

/** Multistep DPM-Solver++ (their Algorithm 2; third order and SDE as in the authors' code). One evaluation a step. */
export function dpmSolver(options: DpmOptions): Solver {
  const { stochastic } = options;
  return ({ denoise, schedule: { levels }, random }) => {
    let history: Float32Array[] = []; // latest first
    return async (x, i) => {
      const { sigma, next, t } = levels[i];
      const denoised = await denoise(x, sigma, t);
      history = [denoised, ...history].slice(0, 3);
      const decay = (next / sigma) ** (stochastic ? 2 : 1);
      const terms: Term[] = [[decay, x], [1 - decay, denoised], ...curvature(options, history, levels, i)];
      if (stochastic) terms.push([next * Math.sqrt(1 - decay), random.normal(x.length)]);
      return { x: combine(...terms), denoised };
    };
  };
}

/** What a step adds because D changes along it: its first and second derivative in λ, from divided differences. */
function curvature(options: DpmOptions, history: readonly Float32Array[], levels: readonly Level[], i: number): Term[] {
  const order = stepOrder(options, levels, i);
  if (order === 1) return [];
  const { sigma, next } = levels[i];
  const h = Math.log(sigma / next);
  const H = options.stochastic ? 2 * h : h;
  const phi1 = -Math.expm1(-H);
  const phi2 = 1 - phi1 / H;
  const r = (k: number) => Math.log(levels[i - k - 1].sigma / levels[i - k].sigma) / h;
  const difference = (k: number) => combine([1 / r(k), history[k]], [-1 / r(k), history[k + 1]]);
  if (order === 2) return [[options.solver === "midpoint" ? phi1 / 2 : phi2, difference(0)]];
  // Exact for a quadratic D would be twice this φ3. The authors' code and diffusers take it once, and so do we: samples
  // are theirs, of second order with a small constant.
  const phi3 = phi2 / H - 1 / 2;
  const second = (phi2 * r(0) - phi3) / (r(0) + r(1));
  return [
    [phi2 + second, difference(0)],
    [-second, difference(1)],
  ];
}

function stepOrder(options: DpmOptions, levels: readonly Level[], i: number): number {
  const left = levels.length - i;
  const { sigma, next } = levels[i];
  const short = options.lowerOrderFinal && levels.length < 15;
  if (next === 0 || next === sigma || (left === 1 && (options.eulerAtFinal || short))) return 1;
  return Math.min(options.order, i + 1, short ? left : options.order);
}
