/**
 * Which noise levels a sampler visits, and which timestep it tells the network at each.
 *
 * Samplers work on x = x0 + σ·ε whatever scheduler they follow. A scheduler that keeps its latents at unit variance,
 * α·x0 + √(1 − α²)·ε with α = 1/√(σ² + 1), is one whose latents are α·x.
 */

import { UsageError } from "../errors.ts";
import { betaQuantile } from "./beta-quantile.ts";
import { alphaBars, sigmaTable } from "./noise-table.ts";
import type { SchedulerConfig } from "./scheduler-config.ts";
import { consistencyTimesteps, roundHalfEven, solverTimesteps, spacedTimesteps } from "./timesteps.ts";

/** One step of a schedule: from noise `sigma` to noise `next`, the network being told timestep `t` at `sigma`. */
export interface Level {
  readonly sigma: number;
  readonly next: number;
  readonly t: number;
}

export interface Schedule {
  readonly levels: readonly Level[];
  /** Standard deviation of the first latents. */
  readonly start: number;
  /** Whether the latents are α·x, of unit variance, rather than x. */
  readonly preserving: boolean;
  /** σ_t of training for every timestep t. */
  readonly table: Float32Array;
}

/**
 * How σ is found between two timesteps: linearly in σ as in diffusers, or in ln σ as in k-diffusion and the original
 * InstructPix2Pix (whose table is also computed in double).
 */
export type Interpolation = "sigma" | "log-sigma";

interface Resolution {
  /** An integer from 1 to `num_train_timesteps`. */
  readonly steps: number;
  readonly interpolation: Interpolation;
}

/** Schedule of Euler, Euler ancestral, Heun and LMS: latents are x, timesteps may be fractional. */
export function explodingSchedule(config: SchedulerConfig, { steps, interpolation }: Resolution): Schedule {
  const table = trainingSigmas(config, interpolation, 2 ** -24);
  const grid = Float32Array.from(spacedTimesteps(config, steps));
  const onGrid = Array.from(grid, (t) => sigmaAt(table, t, interpolation));
  const spaced = spacedSigmas(config, steps, onGrid[steps - 1], onGrid[0]);
  const sigmas = Float32Array.from(spaced ?? onGrid);
  const timesteps = spaced === undefined ? grid : Float32Array.from(spaced, (sigma) => timestepAt(table, sigma));
  const start = config.timestep_spacing === "leading" ? Math.hypot(sigmas[0], 1) : sigmas[0];
  return { levels: chain(sigmas, timesteps, finalSigma(config, table)), start, preserving: false, table };
}

/** Schedule of DPM-Solver++ and UniPC: latents are α·x, timesteps are whole. */
export function solverSchedule(config: SchedulerConfig, { steps, interpolation }: Resolution): Schedule {
  const table = trainingSigmas(config, interpolation, 2 ** -24);
  const end = table.filter((sigma) => -Math.log(sigma) >= config.lambda_min_clipped).length;
  const spaced = spacedSigmas(config, steps, table[0], table[table.length - 1]);
  const whole = config.use_karras_sigmas && config.beta_schedule !== "squaredcos_cap_v2" ? roundHalfEven : Math.trunc;
  const timesteps = spaced?.map((sigma) => whole(timestepAt(table, sigma))) ?? solverTimesteps(config, steps, end);
  const sigmas = Float32Array.from(spaced ?? timesteps.map((t) => table[t]));
  return { levels: chain(sigmas, timesteps, finalSigma(config, table)), start: 1, preserving: true, table };
}

/**
 * Schedule of DDIM and PNDM: latents are α·x, timesteps are whole, and a step ends ⌊T / steps⌋ timesteps further down,
 * wherever the next one begins.
 */
export function strideSchedule(config: SchedulerConfig, { steps, interpolation }: Resolution): Schedule {
  const table = trainingSigmas(config, interpolation, NO_SIGNAL);
  const stride = Math.floor(config.num_train_timesteps / steps);
  const last = config.set_alpha_to_one ? 0 : table[0];
  const levels = spacedTimesteps(config, steps)
    .map(roundHalfEven)
    .map((t) => ({ sigma: table[t], next: t >= stride ? table[t - stride] : last, t }));
  return { levels, start: 1, preserving: true, table };
}

/** Schedule of DDPM: as DDIM's, but a step ends where the next one begins, and the last one without noise. */
export function listedSchedule(config: SchedulerConfig, { steps, interpolation }: Resolution): Schedule {
  return visiting(spacedTimesteps(config, steps).map(roundHalfEven), config, interpolation);
}

/** Schedule of latent consistency models. @throws UsageError for more steps than the model was distilled for. */
export function consistencySchedule(config: SchedulerConfig, { steps, interpolation }: Resolution): Schedule {
  return visiting(consistencyTimesteps(config, steps), config, interpolation);
}

/** σ at timestep `t`, which may lie between two of the table. */
export function sigmaAt(table: Float32Array, t: number, interpolation: Interpolation): number {
  const low = Math.min(Math.floor(t), table.length - 1);
  const high = Math.min(low + 1, table.length - 1);
  const weight = t - low;
  if (interpolation === "sigma") return table[low] + weight * (table[high] - table[low]);
  return Math.exp((1 - weight) * Math.log(table[low]) + weight * Math.log(table[high]));
}

/** The fractional timestep at which the noise is `sigma`, linear in ln σ; at most the table's ends. */
export function timestepAt(table: Float32Array, sigma: number): number {
  const lns = table.map(Math.log);
  const ln = Math.log(Math.max(sigma, 1e-10));
  const low = Math.min(
    Math.max(
      lns.findLastIndex((l) => l <= ln),
      0,
    ),
    table.length - 2,
  );
  const weight = (ln - lns[low]) / (lns[low + 1] - lns[low]);
  return low + Math.min(Math.max(weight, 0), 1);
}

/** ᾱ that stands for a level without any signal, whose σ would be infinite: 2^30 drowns every float32 sample. */
const NO_SIGNAL = 2 ** -60;

function trainingSigmas(config: SchedulerConfig, interpolation: Interpolation, noSignal: number): Float32Array {
  const alphaBar = alphaBars(config, interpolation === "sigma" ? "float32" : "float64");
  return sigmaTable(alphaBar.map((a) => (a === 0 ? noSignal : a)));
}

function visiting(timesteps: number[], config: SchedulerConfig, interpolation: Interpolation): Schedule {
  const table = trainingSigmas(config, interpolation, NO_SIGNAL);
  const sigmas = timesteps.map((t) => table[t]);
  return { levels: chain(sigmas, timesteps, 0), start: 1, preserving: true, table };
}

/** σ spaced by formula from the largest down to the smallest, if the configuration asks for that. */
function spacedSigmas(config: SchedulerConfig, n: number, least: number, most: number): number[] | undefined {
  const min = config.sigma_min ?? least;
  const max = config.sigma_max ?? most;
  const ramp = Array.from({ length: n }, (_, i) => (n === 1 ? 0 : i / (n - 1)));
  if (config.use_karras_sigmas) {
    const [a, b] = [max ** (1 / 7), min ** (1 / 7)];
    return ramp.map((r) => (a + r * (b - a)) ** 7); //                     Karras et al. 2022, eq. 5
  }
  if (config.use_exponential_sigmas) return ramp.map((r) => Math.exp((1 - r) * Math.log(max) + r * Math.log(min)));
  if (config.use_beta_sigmas) return ramp.map((r) => min + (max - min) * betaQuantile(1 - r, 0.6)); // Lee et al. 2024
  return undefined;
}

function finalSigma(config: SchedulerConfig, table: Float32Array): number {
  return config.final_sigmas_type === "zero" ? 0 : table[0];
}

/** Steps that lead from each σ to the one after it, and from the last one to `last`. */
function chain(sigmas: ArrayLike<number>, timesteps: ArrayLike<number>, last: number): Level[] {
  const levels = Array.from(sigmas, (sigma, i) => ({ sigma, next: sigmas[i + 1] ?? last, t: timesteps[i] }));
  if (levels.slice(0, -1).every(({ sigma, next }) => sigma > next)) return levels;
  throw new UsageError(`${levels.length} steps would visit a noise level twice; ask for fewer`);
}
