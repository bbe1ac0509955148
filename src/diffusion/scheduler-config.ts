/**
 * Reading a `scheduler_config.json`, for the scheduler class it names or for another one. Every key is honoured, known to
 * concern other classes only, or refused by name.
 */

import { CheckpointError } from "../errors.ts";
import { flag, integer, number, numbers, oneOf, orNull, type Rule } from "./rules.ts";

/** The scheduler classes of diffusers that are implemented here. */
export type SchedulerClass =
  | "DDIMScheduler"
  | "DDPMScheduler"
  | "DPMSolverMultistepScheduler"
  | "EulerAncestralDiscreteScheduler"
  | "EulerDiscreteScheduler"
  | "HeunDiscreteScheduler"
  | "LCMScheduler"
  | "LMSDiscreteScheduler"
  | "PNDMScheduler"
  | "UniPCMultistepScheduler";

/** What the model's output means: the noise ε, the velocity v = α·ε − σ·x0, or the clean sample x0. */
export type Prediction = "epsilon" | "v_prediction" | "sample";

/** The settings of one scheduler, spelled as in the file and complete. */
export interface SchedulerConfig {
  // The noise that training added, and what the model was trained to tell.
  readonly num_train_timesteps: number;
  readonly beta_start: number;
  readonly beta_end: number;
  readonly beta_schedule: "linear" | "scaled_linear" | "squaredcos_cap_v2";
  readonly trained_betas: readonly number[] | null;
  readonly rescale_betas_zero_snr: boolean;
  readonly prediction_type: Prediction;
  // Which noise levels are visited.
  readonly timestep_spacing: "linspace" | "leading" | "trailing";
  readonly steps_offset: number;
  readonly use_karras_sigmas: boolean;
  readonly use_exponential_sigmas: boolean;
  readonly use_beta_sigmas: boolean;
  readonly sigma_min: number | null;
  readonly sigma_max: number | null;
  readonly final_sigmas_type: "zero" | "sigma_min";
  readonly set_alpha_to_one: boolean;
  readonly lambda_min_clipped: number;
  // Limits on the estimate of x0.
  readonly clip_sample: boolean;
  readonly clip_sample_range: number;
  // Settings of single samplers.
  readonly skip_prk_steps: boolean;
  readonly solver_order: number;
  readonly algorithm_type: "dpmsolver++" | "sde-dpmsolver++" | "deis";
  readonly solver_type: "midpoint" | "heun" | "bh1" | "bh2" | "logrho";
  readonly lower_order_final: boolean;
  readonly euler_at_final: boolean;
  readonly disable_corrector: readonly number[];
  readonly original_inference_steps: number;
  readonly timestep_scaling: number;
}

/** A parsed `scheduler_config.json`, unchecked. */
export type SchedulerFile = Readonly<Record<string, unknown>>;

/**
 * What timbrooks/instruct-pix2pix has in its file, which is Stable Diffusion 1.5's noise: for checkpoints that come
 * without a scheduler_config.json.
 */
export const stableDiffusionScheduler: SchedulerFile = {
  _class_name: "EulerAncestralDiscreteScheduler",
  num_train_timesteps: 1000,
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: "scaled_linear",
  trained_betas: null,
  prediction_type: "epsilon",
  steps_offset: 1,
  clip_sample: false,
  set_alpha_to_one: false,
  skip_prk_steps: true,
};

/**
 * The settings that `scheduler` takes from `file`. A key that the file does not set gets the default of `scheduler`; a key
 * that `scheduler` does not know is passed over if another class knows it.
 *
 * A file of another class is read as diffusers' `from_config` reads a scheduler that was made with its defaults: saving
 * writes defaults down as if they had been chosen, so a value that is the default of the file's own class gives way to the
 * default of `scheduler`. And since the sampler is then chosen over the file's, it is for latents: see `LATENTS`.
 * @throws CheckpointError naming the key that has an unsupported value, or that no class knows.
 */
export function schedulerConfig(file: SchedulerFile, scheduler: SchedulerClass): SchedulerConfig {
  refuseUnsupported(file, scheduler);
  const own: Partial<SchedulerConfig> = { ...COMMON, ...OWN[scheduler] };
  const author = String(file._class_name ?? scheduler);
  const switched = author !== scheduler;
  const written: Partial<SchedulerConfig> = switched && isScheduler(author) ? { ...COMMON, ...OWN[author] } : {};
  const settings: Mutable<SchedulerConfig> = { ...ABSENT, ...own, ...(switched && LATENTS) };
  for (const key of Object.keys(file)) {
    if (isSetting(key) && key in own && !(key in written && file[key] === written[key])) take(settings, key, file[key]);
  }
  const spacings = (["use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas"] as const).filter(
    (k) => settings[k],
  );
  if (spacings.length > 1) throw refusal(spacings.join(" and "), true, "at most one of them true");
  return settings;
}

/** Defaults that all classes share. */
const COMMON = {
  num_train_timesteps: 1000,
  beta_start: 0.0001,
  beta_end: 0.02,
  beta_schedule: "linear",
  trained_betas: null,
  prediction_type: "epsilon",
  timestep_spacing: "linspace",
  steps_offset: 0,
} as const satisfies Partial<SchedulerConfig>;

/** Settings of a class that does not know the key. */
const ABSENT: SchedulerConfig = {
  ...COMMON,
  rescale_betas_zero_snr: false,
  use_karras_sigmas: false,
  use_exponential_sigmas: false,
  use_beta_sigmas: false,
  sigma_min: null,
  sigma_max: null,
  final_sigmas_type: "zero",
  set_alpha_to_one: true,
  lambda_min_clipped: -Infinity,
  clip_sample: false,
  clip_sample_range: 1,
  skip_prk_steps: false,
  solver_order: 2,
  algorithm_type: "dpmsolver++",
  solver_type: "midpoint",
  lower_order_final: true,
  euler_at_final: false,
  disable_corrector: [],
  original_inference_steps: 50,
  timestep_scaling: 10,
};

const SPACED = pick("use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas", "sigma_min", "sigma_max");

/** The keys that each class knows beyond the common ones, with its defaults. */
const OWN: Readonly<Record<SchedulerClass, Partial<SchedulerConfig>>> = {
  DDIMScheduler: {
    ...pick("rescale_betas_zero_snr", "set_alpha_to_one", "clip_sample_range"),
    timestep_spacing: "leading",
    clip_sample: true,
  },
  DDPMScheduler: {
    ...pick("rescale_betas_zero_snr", "clip_sample_range"),
    timestep_spacing: "leading",
    clip_sample: true,
  },
  DPMSolverMultistepScheduler: {
    ...SPACED,
    ...pick("rescale_betas_zero_snr", "final_sigmas_type", "lambda_min_clipped"),
    ...pick("solver_order", "algorithm_type", "solver_type", "lower_order_final", "euler_at_final"),
  },
  EulerAncestralDiscreteScheduler: pick("rescale_betas_zero_snr"),
  EulerDiscreteScheduler: { ...SPACED, ...pick("rescale_betas_zero_snr", "final_sigmas_type") },
  HeunDiscreteScheduler: {
    ...SPACED,
    ...pick("clip_sample", "clip_sample_range"),
    beta_start: 0.00085,
    beta_end: 0.012,
  },
  LCMScheduler: {
    ...pick(
      "rescale_betas_zero_snr",
      "clip_sample",
      "clip_sample_range",
      "original_inference_steps",
      "timestep_scaling",
    ),
    beta_start: 0.00085,
    beta_end: 0.012,
    beta_schedule: "scaled_linear",
  },
  LMSDiscreteScheduler: SPACED,
  PNDMScheduler: { ...pick("skip_prk_steps"), timestep_spacing: "leading", set_alpha_to_one: false },
  UniPCMultistepScheduler: {
    ...SPACED,
    ...pick("rescale_betas_zero_snr", "final_sigmas_type", "solver_order", "lower_order_final", "disable_corrector"),
    solver_type: "bh2",
  },
};

/** Latents have no range to be clipped to, and end at the first training level: what every latent checkpoint says. */
const LATENTS = { clip_sample: false, set_alpha_to_one: false, skip_prk_steps: true } as const;

const RULES: { readonly [K in keyof SchedulerConfig]: Rule<SchedulerConfig[K]> } = {
  num_train_timesteps: integer(1),
  beta_start: number(),
  beta_end: number(),
  beta_schedule: oneOf("linear", "scaled_linear", "squaredcos_cap_v2"),
  trained_betas: orNull(numbers()),
  rescale_betas_zero_snr: flag,
  prediction_type: oneOf("epsilon", "v_prediction", "sample"),
  timestep_spacing: oneOf("linspace", "leading", "trailing"),
  steps_offset: integer(0),
  use_karras_sigmas: flag,
  use_exponential_sigmas: flag,
  use_beta_sigmas: flag,
  sigma_min: orNull(number()),
  sigma_max: orNull(number()),
  final_sigmas_type: oneOf("zero", "sigma_min"),
  set_alpha_to_one: flag,
  lambda_min_clipped: {
    expected: "a number or null",
    read: (value) => (value === null ? -Infinity : typeof value === "number" ? value : undefined),
  },
  clip_sample: flag,
  clip_sample_range: number(),
  skip_prk_steps: flag,
  solver_order: integer(1, 3),
  algorithm_type: oneOf("dpmsolver++", "sde-dpmsolver++", "deis"),
  solver_type: oneOf("midpoint", "heun", "bh1", "bh2", "logrho"),
  lower_order_final: flag,
  euler_at_final: flag,
  disable_corrector: numbers(),
  original_inference_steps: integer(1),
  timestep_scaling: number(),
};

/** Keys with the only values supported. Those without classes describe the model, so they bind every sampler. */
const SUPPORTED: Readonly<Record<string, { readonly values: readonly unknown[]; readonly classes?: RegExp }>> = {
  thresholding: { values: [false] },
  timestep_type: { values: ["discrete"] },
  use_flow_sigmas: { values: [false] },
  use_dynamic_shifting: { values: [false] },
  predict_epsilon: { values: [true] },
  variance_type: { values: [null, "fixed_small", "fixed_small_log"], classes: /^DDPM|^DPMSolver/ },
  interpolation_type: { values: ["linear"], classes: /^Euler/ },
  use_lu_lambdas: { values: [false], classes: /^DPMSolver/ },
  predict_x0: { values: [true], classes: /^UniPC/ },
  solver_p: { values: [null], classes: /^UniPC/ },
};

/** Keys without effect on anything implemented here as long as the ones above have supported values. */
const WITHOUT_EFFECT =
  /^(_.*|dynamic_thresholding_ratio|sample_max_value|flow_shift|time_shift_type|shift_terminal|noise_sampler_seed|tensor_format)$/;

/** Classes that noise a sample as ours do, so that a sampler can be chosen freely. */
const COMPATIBLE =
  /^(DDIM|DDPM|PNDM|LCM|UniPCMultistep|(DPMSolver|DEIS)(Multi|Single)step|DPMSolverSDE|(Euler|Heun|LMS|KDPM2)(Ancestral)?Discrete)Scheduler$/;

function refuseUnsupported(file: SchedulerFile, scheduler: SchedulerClass): void {
  const className = file._class_name;
  if (className !== undefined && !COMPATIBLE.test(String(className))) {
    throw refusal("_class_name", className, "a scheduler over discrete β, such as EulerAncestralDiscreteScheduler");
  }
  for (const [key, value] of Object.entries(file)) {
    const supported = SUPPORTED[key];
    if (supported === undefined) {
      if (!isSetting(key) && !WITHOUT_EFFECT.test(key))
        throw refusal(key, value, "no such key; remove it if it does not matter");
    } else if ((supported.classes ?? /^/).test(scheduler) && !supported.values.includes(value)) {
      throw refusal(key, value, supported.values.map((v) => JSON.stringify(v)).join(" or "));
    }
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function take<K extends keyof SchedulerConfig>(settings: Mutable<SchedulerConfig>, key: K, value: unknown): void {
  const setting = RULES[key].read(value);
  if (setting === undefined) throw refusal(key, value, RULES[key].expected);
  settings[key] = setting;
}

function refusal(key: string, value: unknown, expected: string): CheckpointError {
  return new CheckpointError(`scheduler_config.json: ${key} is ${JSON.stringify(value)}; expected ${expected}`);
}

function isSetting(key: string): key is keyof SchedulerConfig {
  return key in ABSENT;
}

function isScheduler(className: string): className is SchedulerClass {
  return className in OWN;
}

function pick<K extends keyof SchedulerConfig>(...keys: readonly K[]): Partial<SchedulerConfig> {
  const picked: Partial<Mutable<SchedulerConfig>> = {};
  for (const key of keys) picked[key] = ABSENT[key];
  return picked;
}
