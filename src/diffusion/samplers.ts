/** The samplers by name: which scheduler of diffusers each follows, on which levels, and by which algorithm. */

import { CheckpointError, UsageError } from "../errors.ts";
import type { Normal } from "../random.ts";
import { clipped, type Denoiser } from "./denoiser.ts";
import { type SamplerStep, type Solver, sample } from "./sample.ts";
import {
  consistencySchedule,
  explodingSchedule,
  type Interpolation,
  listedSchedule,
  type Schedule,
  solverSchedule,
  strideSchedule,
} from "./schedule.ts";
import {
  type Prediction,
  type SchedulerClass,
  type SchedulerConfig,
  type SchedulerFile,
  schedulerConfig,
} from "./scheduler-config.ts";
import { dpmSolver } from "./solvers/dpm-solver.ts";
import { ancestral, type Churn, euler } from "./solvers/euler.ts";
import { heun } from "./solvers/heun.ts";
import { lcm } from "./solvers/lcm.ts";
import { lms, pndm } from "./solvers/multistep.ts";
import { uniPc } from "./solvers/unipc.ts";

export type SamplerName =
  | "euler-a"
  | "euler"
  | "heun"
  | "lms"
  | "ddim"
  | "ddpm"
  | "pndm"
  | "dpmpp-2m"
  | "dpmpp-2m-karras"
  | "dpmpp-2m-sde-karras"
  | "dpmpp-3m"
  | "unipc"
  | "lcm";

export interface SamplerOptions {
  /** Sampling steps, as `num_inference_steps` in diffusers: 1 … the number of training timesteps. */
  readonly steps: number;
  /** Default `sigma`, as diffusers. */
  readonly interpolation?: Interpolation;
  /** For `ddim` only: the part of the noise exchanged at every step, 0 … 1. Default 0. */
  readonly eta?: number;
  /** For `euler` only. Default none. */
  readonly churn?: Churn;
}

/** A sampler set up for a number of steps. It holds no state, so that it can run several times. */
export interface Sampler {
  readonly name: SamplerName;
  readonly schedule: Schedule;
  /** What the checkpoint's network predicts: for `denoiser`. */
  readonly prediction: Prediction;
  /**
   * Samples from `noise` of unit variance (a batch of any shape, flat). `random` gives the noise of stochastic steps, as
   * many values at once as `noise` has; after `perImage` every image has its own stream, and is as if sampled alone.
   */
  sample(
    denoise: Denoiser,
    noise: Float32Array,
    options: { readonly random: Normal },
  ): AsyncGenerator<SamplerStep, void>;
}

/** How a name becomes a sampler. */
export interface Recipe {
  readonly scheduler: SchedulerClass;
  /** Settings that the name stands for, whatever the file says. */
  readonly settings?: Partial<SchedulerConfig>;
  readonly schedule: (config: SchedulerConfig, resolution: { steps: number; interpolation: Interpolation }) => Schedule;
  readonly solver: (config: SchedulerConfig, options: SamplerOptions) => Solver;
}

/**
 * The sampler `name` for a checkpoint's scheduler `file`, whose class need not be the sampler's own. Without a name: the
 * file's own class with all its settings, and `euler-a` when that class has no counterpart here.
 * @throws UsageError for steps that are no positive integer or too many, and for options of another sampler.
 * @throws CheckpointError for a file with unsupported settings.
 */
export function createSampler(chosen: SamplerName | undefined, file: SchedulerFile, options: SamplerOptions): Sampler {
  const name = chosen ?? ownSampler(file);
  const recipe = samplers[name];
  const config = { ...schedulerConfig(file, recipe.scheduler), ...(chosen && recipe.settings) };
  checkOptions(name, config, options);
  const schedule = recipe.schedule(config, { steps: options.steps, interpolation: options.interpolation ?? "sigma" });
  const solver = recipe.solver(config, options);
  const clips = config.clip_sample && name !== "ddim"; // which clips on its own
  return {
    name,
    schedule,
    prediction: config.prediction_type,
    sample(denoise, noise, { random }) {
      const limited = clips ? clipped(denoise, config.clip_sample_range) : denoise;
      return sample(solver, noise, { denoise: limited, schedule, random });
    },
  };
}

/** Of the samplers of the file's class, the one whose name says the file's settings; the first if none does. */
function ownSampler(file: SchedulerFile): SamplerName {
  const names = Object.keys(samplers) as SamplerName[];
  const own = names.filter((name) => samplers[name].scheduler === file._class_name);
  const says = (name: SamplerName) => {
    const config: object = schedulerConfig(file, samplers[name].scheduler);
    return Object.entries(samplers[name].settings ?? {}).every(([key, value]) => Reflect.get(config, key) === value);
  };
  return own.find(says) ?? own[0] ?? "euler-a";
}

/** Karras spacing, in place of any other that the file asks for. */
const KARRAS = { use_karras_sigmas: true, use_exponential_sigmas: false, use_beta_sigmas: false } as const;

/** Every sampler's recipe. */
export const samplers: Readonly<Record<SamplerName, Recipe>> = {
  "euler-a": {
    scheduler: "EulerAncestralDiscreteScheduler",
    schedule: explodingSchedule,
    solver: () => ancestral(),
  },
  euler: {
    scheduler: "EulerDiscreteScheduler",
    schedule: explodingSchedule,
    solver: (_, { churn }) => euler(churn),
  },
  heun: { scheduler: "HeunDiscreteScheduler", schedule: explodingSchedule, solver: () => heun },
  lms: { scheduler: "LMSDiscreteScheduler", schedule: explodingSchedule, solver: () => lms },
  ddim: {
    scheduler: "DDIMScheduler",
    schedule: strideSchedule,
    solver: (config, { eta = 0 }) =>
      ancestral({ eta, clipTo: config.clip_sample ? config.clip_sample_range : Infinity }),
  },
  ddpm: { scheduler: "DDPMScheduler", schedule: listedSchedule, solver: () => ancestral() },
  pndm: {
    scheduler: "PNDMScheduler",
    schedule: strideSchedule,
    solver: (config) => pndm({ rungeKutta: !config.skip_prk_steps }),
  },
  "dpmpp-2m": multistep({ solver_order: 2, use_karras_sigmas: false }),
  "dpmpp-2m-karras": multistep({ solver_order: 2, ...KARRAS }),
  "dpmpp-2m-sde-karras": multistep({ solver_order: 2, algorithm_type: "sde-dpmsolver++", ...KARRAS }),
  "dpmpp-3m": multistep({ solver_order: 3 }),
  unipc: {
    scheduler: "UniPCMultistepScheduler",
    schedule: solverSchedule,
    solver: (config) =>
      uniPc({
        order: config.solver_order,
        variant: config.solver_type === "bh1" ? "bh1" : "bh2",
        lowerOrderFinal: config.lower_order_final,
        uncorrected: config.disable_corrector,
      }),
  },
  lcm: {
    scheduler: "LCMScheduler",
    schedule: consistencySchedule,
    solver: (config) => lcm({ timestepScaling: config.timestep_scaling }),
  },
};

/** The multistep DPM-Solver++ with some of its settings fixed by the sampler's name. */
function multistep(settings: Partial<SchedulerConfig>): Recipe {
  return {
    scheduler: "DPMSolverMultistepScheduler",
    settings: { algorithm_type: "dpmsolver++", ...settings },
    schedule: solverSchedule,
    solver: (config) =>
      dpmSolver({
        order: config.solver_order,
        stochastic: config.algorithm_type === "sde-dpmsolver++",
        solver: config.solver_type === "heun" ? "heun" : "midpoint",
        lowerOrderFinal: config.lower_order_final,
        eulerAtFinal: config.euler_at_final,
      }),
  };
}

function checkOptions(name: SamplerName, config: SchedulerConfig, { steps, eta, churn }: SamplerOptions): void {
  const most = config.num_train_timesteps;
  const least = name === "pndm" && !config.skip_prk_steps ? 4 : 1;
  if (!Number.isInteger(steps) || steps < least || steps > most) {
    throw new UsageError(`${name} takes a whole number of steps from ${least} to ${most}, got ${steps}`);
  }
  if (eta !== undefined && (name !== "ddim" || !(eta >= 0 && eta <= 1))) {
    throw new UsageError(`eta is for ddim, from 0 to 1; got ${eta} for ${name}`);
  }
  if (churn !== undefined && (name !== "euler" || !(churn.amount >= 0))) {
    throw new UsageError(`churn is for euler, of an amount from 0 up; got ${churn.amount} for ${name}`);
  }
  if (config.prediction_type === "sample" && (name === "euler-a" || name === "pndm")) {
    throw new CheckpointError(
      `scheduler_config.json: prediction_type is "sample"; ${name} needs epsilon or v_prediction, or take another sampler`,
    );
  }
}
