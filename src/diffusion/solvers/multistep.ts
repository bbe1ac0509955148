/** Linear multistep methods for dx/dσ = ε(x; σ) = (x − D(x; σ)) / σ: polynomials through the last four slopes. */

import { combine, type Term } from "../combine.ts";
import type { Advance, Problem, Solver } from "../sample.ts";

const ORDER = 4;

/** Adams-Bashforth of order 4 for unevenly spaced σ, as in k-diffusion's LMS sampler. */
export const lms: Solver = ({ denoise, schedule: { levels } }) => {
  let slopes: Float32Array[] = []; // latest first
  return async (x, i) => {
    const { sigma, next, t } = levels[i];
    const denoised = await denoise(x, sigma, t);
    slopes = [slope(x, denoised, sigma), ...slopes].slice(0, ORDER);
    const nodes = slopes.map((_, k) => levels[i - k].sigma);
    const terms = slopes.map((d, k): Term => [lagrangeIntegral(nodes, k, sigma, next), d]);
    return { x: combine([1, x], ...terms), denoised };
  };
};

/** ∫ from `a` to `b` of Lagrange's basis polynomial `k`: two Gauss-Legendre points are exact up to cubics. */
function lagrangeIntegral(nodes: readonly number[], k: number, a: number, b: number): number {
  const basis = (s: number) =>
    nodes.reduce((product, node, j) => (j === k ? product : (product * (s - node)) / (nodes[k] - node)), 1);
  const middle = (a + b) / 2;
  const reach = (b - a) / 2 / Math.sqrt(3);
  return ((b - a) / 2) * (basis(middle - reach) + basis(middle + reach));
}

/** Adams-Bashforth weights of the latest slopes, the latest first, as if steps were even. */
const ADAMS = [[1], [3 / 2, -1 / 2], [23 / 12, -16 / 12, 5 / 12], [55 / 24, -59 / 24, 37 / 24, -9 / 24]] as const;

/**
 * Pseudo numerical methods (Liu et al. 2022): their transfer part φ is a plain step in σ, so that F-PNDM is
 * Adams-Bashforth in it. The first slopes come from one Heun step (`rungeKutta` false, S-PNDM's start: n + 1 evaluations
 * in all) or from three Runge-Kutta steps (n + 9). Slopes are those of ε for any prediction type.
 */
export function pndm({ rungeKutta }: { rungeKutta: boolean }): Solver {
  return (problem) => {
    const { denoise, schedule } = problem;
    const slopes: Float32Array[] = []; // latest first
    const begin = rungeKutta ? rungeKuttaStep(problem, slopes) : heunStep(problem, slopes);
    const beginnings = rungeKutta ? 3 : 1;
    return async (x, i) => {
      if (i < beginnings) return begin(x, i);
      const { sigma, next, t } = schedule.levels[i];
      const denoised = await denoise(x, sigma, t);
      slopes.unshift(slope(x, denoised, sigma));
      slopes.splice(ORDER);
      const terms = slopes.map((e, k): Term => [(next - sigma) * ADAMS[slopes.length - 1][k], e]);
      return { x: combine([1, x], ...terms), denoised };
    };
  };
}

function heunStep({ denoise, schedule: { levels } }: Problem, slopes: Float32Array[]): Advance {
  return async (x, i) => {
    const { sigma, next, t } = levels[i];
    const h = next - sigma;
    const first = await denoise(x, sigma, t);
    const e1 = slope(x, first, sigma);
    const predicted = combine([1, x], [h, e1]);
    if (i + 1 === levels.length) return { x: predicted, denoised: first };
    slopes.unshift(e1);
    const denoised = await denoise(predicted, next, levels[i + 1].t);
    return { x: combine([1, x], [h / 2, e1], [h / 2, slope(predicted, denoised, next)]), denoised };
  };
}

function rungeKuttaStep({ denoise, schedule: { levels, table } }: Problem, slopes: Float32Array[]): Advance {
  const half = Math.floor(Math.floor(table.length / levels.length) / 2);
  return async (x, i) => {
    const { sigma, next, t } = levels[i];
    const tMiddle = levels[i + 1].t + half;
    const middle = table[tMiddle];
    const at = async (y: Float32Array, s: number, tau: number) => slope(y, await denoise(y, s, tau), s);
    const e1 = await at(x, sigma, t);
    const e2 = await at(combine([1, x], [middle - sigma, e1]), middle, tMiddle);
    const e3 = await at(combine([1, x], [middle - sigma, e2]), middle, tMiddle);
    const last = combine([1, x], [next - sigma, e3]);
    const denoised = await denoise(last, next, levels[i + 1].t);
    const h = (next - sigma) / 6;
    slopes.unshift(e1);
    return { x: combine([1, x], [h, e1], [2 * h, e2], [2 * h, e3], [h, slope(last, denoised, next)]), denoised };
  };
}

function slope(x: Float32Array, denoised: Float32Array, sigma: number): Float32Array {
  return combine([1 / sigma, x], [-1 / sigma, denoised]);
}
