/** Which of the training timesteps a sampler visits, from the noisiest down. */

import { UsageError } from "../errors.ts";
import type { SchedulerConfig } from "./scheduler-config.ts";

type SpacingConfig = Pick<SchedulerConfig, "num_train_timesteps" | "timestep_spacing" | "steps_offset">;

/**
 * `steps` timesteps of the spacings in Table 2 of Lin et al. 2024. Linear spacing includes both ends and is fractional,
 * except that a single step starts from the noisiest (diffusers starts it from t = 0, where nothing is left to remove).
 */
export function spacedTimesteps(config: SpacingConfig, steps: number): number[] {
  const T = config.num_train_timesteps;
  switch (config.timestep_spacing) {
    case "linspace":
      return steps === 1 ? [T - 1] : linspace(T - 1, steps);
    case "leading":
      return leading(config, T, steps, steps);
    case "trailing":
      return trailing(T, steps);
  }
}

/**
 * `steps` whole timesteps as the multistep solvers space them: as if there were one more, at t = 0, which is left out.
 * Only timesteps below `end` are visited.
 */
export function solverTimesteps(config: SpacingConfig, steps: number, end: number): number[] {
  switch (config.timestep_spacing) {
    case "linspace":
      return linspace(end - 1, steps + 1)
        .slice(0, steps)
        .map(roundHalfEven);
    case "leading":
      return leading(config, end, steps + 1, steps);
    case "trailing":
      return trailing(end, steps);
  }
}

/** Every k-th of the timesteps that consistency distillation was trained on (Luo et al. 2023). */
export function consistencyTimesteps(
  config: Pick<SchedulerConfig, "num_train_timesteps" | "original_inference_steps">,
  steps: number,
): number[] {
  const origin = config.original_inference_steps;
  if (steps > origin) {
    throw new UsageError(`lcm was distilled for ${origin} steps at most, got ${steps}; ask for fewer`);
  }
  const stride = Math.floor(config.num_train_timesteps / origin);
  return Array.from({ length: steps }, (_, i) => (origin - Math.floor((i * origin) / steps)) * stride - 1);
}

/** Nearest integer, ties to the even one. */
export function roundHalfEven(x: number): number {
  const nearest = Math.round(x);
  return nearest - x === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
}

function linspace(top: number, n: number): number[] {
  const step = top / (n - 1);
  return Array.from({ length: n }, (_, i) => (i === 0 ? top : (n - 1 - i) * step));
}

function leading(config: SpacingConfig, end: number, parts: number, steps: number): number[] {
  const stride = Math.floor(end / parts);
  const grid = Array.from({ length: steps }, (_, i) => (parts - 1 - i) * stride + config.steps_offset);
  if (stride > 0 && grid[0] < config.num_train_timesteps) return grid;
  throw new UsageError(`${steps} steps do not fit in ${end} timesteps with leading spacing; ask for fewer`);
}

function trailing(end: number, n: number): number[] {
  const step = end - (end - end / n); // rounded as NumPy's arange rounds it: ties are decided by the last bit
  return Array.from({ length: n }, (_, i) => roundHalfEven(end - i * step) - 1);
}
