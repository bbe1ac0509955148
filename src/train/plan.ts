/** What a training was asked for, checked, with every default filled in. */

import { UsageError } from "../errors.ts";
import { ADAMW_DEFAULTS, type AdamWOptions } from "./adamw.ts";
import { EMA_DEFAULTS, type EmaOptions } from "./ema.ts";
import { learningRate } from "./learning-rate.ts";
import type { StepOptions } from "./step-graph.ts";
import type { Slot } from "./trainable-store.ts";
import type { TrainerOptions } from "./trainer.ts";

export interface Plan
  extends Required<Pick<TrainerOptions, "batch" | "accumulate" | "steps" | "seed" | "updateBytes">> {
  readonly step: StepOptions;
  readonly ema: Required<EmaOptions> | false;
  /** The learning rate of the update after `step` completed ones. */
  rate(step: number): number;
}

const DEFAULT_UPDATE_BYTES = 2 ** 30;

/** @throws UsageError naming an option that is out of range. */
export function planOf(options: TrainerOptions): Plan {
  const { batch, accumulate = 1, steps, schedule = "constant", warmup = 0, maxGradNorm = 1, seed = 0 } = options;
  for (const [name, value] of Object.entries({ batch, accumulate, steps })) {
    expectOption(Number.isInteger(value) && value > 0, name, "a whole number above 0", value);
  }
  expectOption(Number.isInteger(warmup) && warmup >= 0, "warmup", "a whole number of steps", warmup);
  expectOption(maxGradNorm > 0, "maxGradNorm", "a number above 0, Infinity for none", maxGradNorm);
  const { updateBytes = DEFAULT_UPDATE_BYTES } = options;
  expectOption(updateBytes > 0, "updateBytes", "a number above 0", updateBytes);
  const rate = (step: number) => learningRate(schedule, options.learningRate, step, { warmup, total: steps });
  rate(0);
  const ema = averaging(options.ema);
  return {
    ...{ batch, accumulate, steps, rate, ema, seed, updateBytes },
    step: {
      adamw: optimiser(options.adamw),
      maxGradNorm: maxGradNorm === Infinity ? undefined : maxGradNorm,
      ema: ema !== false,
      frozen: options.task.frozen?.store,
    },
  };
}

/** What a snapshot has of every parameter. */
export function slotsOf({ ema }: Pick<Plan, "ema">): readonly Slot[] {
  return ["weight", "moment1", "moment2", ...(ema === false ? [] : (["ema"] as const))];
}

function optimiser(options: AdamWOptions = {}): Required<AdamWOptions> {
  const adamw = { ...ADAMW_DEFAULTS, ...options };
  for (const beta of adamw.betas) expectOption(beta >= 0 && beta < 1, "adamw.betas", "decay rates in [0, 1)", beta);
  expectOption(adamw.eps > 0, "adamw.eps", "a number above 0", adamw.eps);
  const { weightDecay } = adamw;
  expectOption(weightDecay >= 0 && weightDecay < Infinity, "adamw.weightDecay", "a number from 0 up", weightDecay);
  return adamw;
}

function averaging(options: EmaOptions | false = {}): Required<EmaOptions> | false {
  if (options === false) return false;
  const ema = { ...EMA_DEFAULTS, ...options };
  expectOption(ema.decay >= 0 && ema.decay <= 1, "ema.decay", "a number in [0, 1]", ema.decay);
  return ema;
}

function expectOption(fits: boolean, name: string, wanted: string, value: number): void {
  if (!fits) throw new UsageError(`training: expected ${name} to be ${wanted}, got ${value}`);
}
