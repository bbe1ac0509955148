/**
 * How much noise training put on a sample at each timestep: β_t, ᾱ_t = Π (1 − β) and σ_t = √((1 − ᾱ_t) / ᾱ_t), for
 * x = x0 + σ·ε. Float32 is rounded to where PyTorch rounds, because a table's last digits show in the samples.
 */

import { CheckpointError } from "../errors.ts";
import type { SchedulerConfig } from "./scheduler-config.ts";

type TableConfig = Pick<
  SchedulerConfig,
  "num_train_timesteps" | "beta_start" | "beta_end" | "beta_schedule" | "trained_betas" | "rescale_betas_zero_snr"
>;

/** Arithmetic of the table: float32 as in diffusers, or double rounded at the end as in the original code. */
export type Precision = "float32" | "float64";

/** ᾱ_t for t = 0 … num_train_timesteps − 1, as float32 numbers. The last is 0 under `rescale_betas_zero_snr`. */
export function alphaBars(config: TableConfig, precision: Precision = "float32"): Float32Array {
  const round = precision === "float32" ? Math.fround : (x: number) => x;
  const alphas = Float64Array.from(betas(config, round), (beta) => round(1 - beta));
  const alphaBar = cumulativeProduct(alphas);
  return config.rescale_betas_zero_snr ? zeroTerminalSnr(alphaBar) : alphaBar;
}

/** σ_t of `alphaBar`, in float32 like every operation that leads to it. Infinite where ᾱ_t = 0. */
export function sigmaTable(alphaBar: Float32Array): Float32Array {
  return alphaBar.map((a) => Math.sqrt(Math.fround(Math.fround(1 - a) / a)));
}

function betas(config: TableConfig, round: (x: number) => number): ArrayLike<number> {
  const { num_train_timesteps: T, beta_start, beta_end } = config;
  if (config.trained_betas !== null) {
    if (config.trained_betas.length === T) return Float32Array.from(config.trained_betas);
    throw new CheckpointError(
      `scheduler_config.json: trained_betas has ${config.trained_betas.length} entries; expected num_train_timesteps = ${T}`,
    );
  }
  switch (config.beta_schedule) {
    case "linear":
      return linspace(beta_start, beta_end, T, round);
    case "scaled_linear":
      return linspace(Math.sqrt(beta_start), Math.sqrt(beta_end), T, round).map((x) => round(x * x));
    case "squaredcos_cap_v2":
      return Float32Array.from({ length: T }, (_, i) => Math.min(1 - cosine((i + 1) / T) / cosine(i / T), 0.999));
  }
}

/** ᾱ of the cosine schedule (Nichol and Dhariwal 2021, eq. 17), up to a constant factor. */
function cosine(progress: number): number {
  return Math.cos(((progress + 0.008) / 1.008) * (Math.PI / 2)) ** 2;
}

/** PyTorch's `linspace`: counted from the nearer end with a rounded step, every element rounded once. */
function linspace(start: number, end: number, n: number, round: (x: number) => number): Float64Array {
  const [first, last] = [round(start), round(end)];
  const step = round(round(last - first) / (n - 1));
  return Float64Array.from({ length: n }, (_, i) =>
    round(i < Math.floor(n / 2) ? first + step * i : last - step * (n - 1 - i)),
  );
}

/** Products in double, rounded to float32 as they are stored. */
function cumulativeProduct(factors: ArrayLike<number>): Float32Array {
  let product = 1;
  return Float32Array.from(factors, (factor) => {
    product *= factor;
    return product;
  });
}

/** Shifts √ᾱ to end at 0 and scales it to start where it did (Lin et al. 2024, Algorithm 1), in float32. */
function zeroTerminalSnr(alphaBar: Float32Array): Float32Array {
  const f = Math.fround;
  const root = alphaBar.map(Math.sqrt);
  const [first, last] = [root[0], root[root.length - 1]];
  const scale = f(first / f(first - last));
  const shifted = root.map((r) => f(f(r - last) * scale)).map((r) => r * r);
  // Back to β and forward again, as the table is rebuilt from β: 1 − (1 − α) loses digits of α.
  const alphas = shifted.map((a, t) => 1 - f(1 - f(t === 0 ? a : a / shifted[t - 1])));
  return cumulativeProduct(alphas);
}
