/** UniPC (Zhao et al. 2023), predicting x0, written in σ. */

import { combine, type Term } from "../combine.ts";
import type { Solver } from "../sample.ts";
import type { Level } from "../schedule.ts";

export interface UniPcOptions {
  /** 1, 2 or 3. */
  readonly order: number;
  /** Their B(h): h, or e^h − 1. */
  readonly variant: "bh1" | "bh2";
  /** Go down to first order at the end. A last step to σ = 0 always is of first order. */
  readonly lowerOrderFinal: boolean;
  /** Steps, counted from 0, whose result is not corrected. */
  readonly uncorrected: readonly number[];
}

/** An estimate of x0 and its place on the step's axis: 0 at its beginning, 1 at its end. */
interface Node {
  readonly at: number;
  readonly estimate: Float32Array;
}

/**
 * Each evaluation first corrects the step that led to it (their Algorithm 1), then serves the next prediction
 * (Algorithm 2): one evaluation a step. The estimate is not computed again for the corrected sample.
 */
export function uniPc(options: UniPcOptions): Solver {
  return ({ denoise, schedule: { levels } }) => {
    let history: Float32Array[] = []; // latest first
    let begun: { x: Float32Array; nodes: Node[] } | undefined; // where the last step began, and what it predicted from
    return async (x, i) => {
      const denoised = await denoise(x, levels[i].sigma, levels[i].t);
      let corrected = x;
      if (begun !== undefined && !options.uncorrected.includes(i - 1)) {
        const nodes = [...begun.nodes, { at: 1, estimate: denoised }];
        corrected = step(options, levels[i - 1], begun.x, history[0], nodes);
      }
      history = [denoised, ...history].slice(0, 3);
      const nodes = history.slice(1, stepOrder(options, levels, i)).map((estimate, k) => ({
        at: Math.log(levels[i].sigma / levels[i - k - 1].sigma) / Math.log(levels[i].sigma / levels[i].next),
        estimate,
      }));
      begun = { x: corrected, nodes };
      return { x: step(options, levels[i], corrected, denoised, nodes), denoised };
    };
  };
}

/** From `x` at the beginning of `level` to its end: their eq. 3, on the first estimate and those at `nodes`. */
function step({ variant }: UniPcOptions, level: Level, x: Float32Array, first: Float32Array, nodes: readonly Node[]) {
  const ratio = level.next / level.sigma;
  const h = Math.log(ratio); //                                            their h, negative as they predict x0
  const B = variant === "bh1" ? h : ratio - 1;
  const weights = nodes.length === 0 ? [] : nodeWeights(nodes, h, B);
  const differences = nodes.flatMap(({ at, estimate }, k): Term[] => {
    const weight = (-B * weights[k]) / at;
    return [
      [weight, estimate],
      [-weight, first],
    ];
  });
  return combine([ratio, x], [1 - ratio, first], ...differences);
}

/** Their a: solves Σ_k a_k r_k^(m−1) = m! h φ_(m+1)(h) / B for m = 1 …, r_k being the nodes' places. 1/2 for one node. */
function nodeWeights(nodes: readonly Node[], h: number, B: number): number[] {
  if (nodes.length === 1) return [1 / 2];
  let phi = Math.expm1(h) / h - 1; //                                      h φ_2(h), then h φ_3(h), ...
  let factorial = 1;
  const rows = nodes.map((_, m) => {
    const row = [...nodes.map(({ at }) => at ** m), (phi * factorial) / B];
    factorial *= m + 2;
    phi = phi / h - 1 / factorial;
    return row;
  });
  return solve(rows);
}

/** Gauss-Jordan elimination of [A | b]. The matrices here have no vanishing pivots: they are of Vandermonde's kind. */
function solve(rows: number[][]): number[] {
  for (let i = 0; i < rows.length; i++) {
    const scaled = rows[i].map((value, _, row) => value / row[i]);
    rows = rows.map((row, j) => (j === i ? scaled : row.map((value, k) => value - row[i] * scaled[k])));
  }
  return rows.map((row) => row[row.length - 1]);
}

function stepOrder(options: UniPcOptions, levels: readonly Level[], i: number): number {
  const { sigma, next } = levels[i];
  if (next === 0 || next === sigma) return 1;
  return Math.min(options.order, i + 1, options.lowerOrderFinal ? levels.length - i : options.order);
}
