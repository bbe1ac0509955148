/** Learning-rate schedules: multipliers of the base rate by step, named and defined as in diffusers' training scripts. */

import { UsageError } from "../errors.ts";

export const SCHEDULES = [
  "constant",
  "constant_with_warmup",
  "linear",
  "cosine",
  "cosine_with_restarts",
  "polynomial",
] as const;

export type LearningRateSchedule = (typeof SCHEDULES)[number];

export interface ScheduleOptions {
  /** Steps over which the rate rises from 0. `constant` has none. Default 0. */
  readonly warmup?: number;
  /** The step at which decaying schedules end. */
  readonly total: number;
  /** Cosine waves of `cosine_with_restarts`. Default 1. */
  readonly cycles?: number;
}

/** Where the polynomial of power 1 ends, as a rate. */
const POLYNOMIAL_END = 1e-7;

/**
 * The learning rate of the update after `step` completed ones (0, 1, …).
 *
 * @throws UsageError when the schedule is unknown, or the base rate no positive finite number above where it ends.
 */
export function learningRate(
  schedule: LearningRateSchedule,
  base: number,
  step: number,
  { warmup = 0, total, cycles = 1 }: ScheduleOptions,
): number {
  if (!(base > 0 && Number.isFinite(base))) {
    throw new UsageError(`expected a learning rate above 0, got ${base}; 1e-4 is what the paper trains with`);
  }
  if (!SCHEDULES.includes(schedule)) {
    throw new UsageError(`expected a learning-rate schedule, one of ${SCHEDULES.join(", ")}; got ${schedule}`);
  }
  if (schedule === "polynomial" && base <= POLYNOMIAL_END) {
    throw new UsageError(`expected a learning rate above ${POLYNOMIAL_END}, where "polynomial" ends; got ${base}`);
  }
  if (schedule === "constant") return base;
  if (step < warmup) return base * (step / Math.max(1, warmup));
  const progress = (step - warmup) / Math.max(1, total - warmup);
  switch (schedule) {
    case "constant_with_warmup":
      return base;
    case "linear":
      return base * Math.max(0, 1 - progress);
    case "cosine":
      return base * Math.max(0, 0.5 * (1 + Math.cos(Math.PI * progress)));
    case "cosine_with_restarts":
      return progress >= 1 ? 0 : base * Math.max(0, 0.5 * (1 + Math.cos(Math.PI * ((cycles * progress) % 1))));
    case "polynomial":
      return step > total ? POLYNOMIAL_END : (base - POLYNOMIAL_END) * (1 - progress) + POLYNOMIAL_END;
  }
}
