import { describe, expect, it } from "vitest";
import { CheckpointError } from "../errors.ts";
import { type SchedulerClass, schedulerConfig, stableDiffusionScheduler } from "./scheduler-config.ts";

describe("schedulerConfig", () => {
  it.each<[SchedulerClass, "leading" | "linspace"]>([
    ["DDIMScheduler", "leading"],
    ["DDPMScheduler", "leading"],
    ["PNDMScheduler", "leading"],
    ["EulerDiscreteScheduler", "linspace"],
    ["EulerAncestralDiscreteScheduler", "linspace"],
    ["HeunDiscreteScheduler", "linspace"],
    ["LMSDiscreteScheduler", "linspace"],
    ["DPMSolverMultistepScheduler", "linspace"],
    ["UniPCMultistepScheduler", "linspace"],
  ])("switches InstructPix2Pix's file to %s, whose own default spacing is %s", (scheduler, spacing) => {
    const config = schedulerConfig(stableDiffusionScheduler, scheduler);
    expect(config).toMatchObject({ timestep_spacing: spacing, steps_offset: 1, clip_sample: false, beta_end: 0.012 });
  });

  it("takes what the file says over the defaults of the class", () => {
    const file = {
      ...stableDiffusionScheduler,
      timestep_spacing: "trailing",
      solver_order: 3,
      use_karras_sigmas: null,
    };
    expect(schedulerConfig(file, "UniPCMultistepScheduler")).toMatchObject({
      timestep_spacing: "trailing",
      solver_order: 3,
      solver_type: "bh2",
      use_karras_sigmas: false,
    });
    expect(schedulerConfig({}, "DDIMScheduler")).toMatchObject({ clip_sample: true, set_alpha_to_one: true });
    expect(schedulerConfig({}, "LCMScheduler")).toMatchObject({ beta_schedule: "scaled_linear", beta_end: 0.012 });
  });

  it("does not take the defaults of another class for choices, nor clips latents when classes are switched", () => {
    const saved = {
      _class_name: "EulerAncestralDiscreteScheduler",
      beta_end: 0.012,
      timestep_spacing: "linspace",
      steps_offset: 1,
    };
    expect(schedulerConfig(saved, "DDIMScheduler")).toMatchObject({
      beta_end: 0.012,
      timestep_spacing: "leading",
      steps_offset: 1,
      clip_sample: false,
      set_alpha_to_one: false,
    });
    const chosen = { ...saved, timestep_spacing: "trailing", clip_sample: true };
    expect(schedulerConfig(chosen, "DDIMScheduler")).toMatchObject({ timestep_spacing: "trailing", clip_sample: true });
  });

  it("passes over keys that only other classes know", () => {
    const file = { ...stableDiffusionScheduler, skip_prk_steps: true, solver_order: 3, clip_sample: true };
    expect(schedulerConfig(file, "EulerDiscreteScheduler")).toMatchObject({ solver_order: 2, clip_sample: false });
  });

  it.each([
    [{ _class_name: "FlowMatchEulerDiscreteScheduler" }, /_class_name is "FlowMatchEulerDiscreteScheduler"/],
    [{ _class_name: "EDMEulerScheduler" }, /expected a scheduler over discrete β/],
    [{ beta_schedule: "sigmoid" }, /beta_schedule is "sigmoid"; expected linear or scaled_linear or squaredcos_cap_v2/],
    [{ num_train_timesteps: "1000" }, /num_train_timesteps is "1000"; expected an integer of at least 1/],
    [{ beta_start: null }, /beta_start is null; expected a number/],
    [{ trained_betas: [0.1, "x"] }, /trained_betas is .*; expected a list of numbers or null/],
    [{ thresholding: true }, /thresholding is true; expected false/],
    [{ timestep_type: "continuous" }, /timestep_type is "continuous"; expected "discrete"/],
    [{ interpolation_type: "log_linear" }, /interpolation_type/],
    [{ use_flow_sigmas: true }, /use_flow_sigmas/],
    [{ final_sigmas_type: 0 }, /final_sigmas_type is 0; expected zero or sigma_min/],
    [{ use_karras_sigmas: true, use_beta_sigmas: true }, /use_karras_sigmas and use_beta_sigmas/],
    [{ beta_strat: 0.1 }, /beta_strat is 0.1; expected no such key/],
  ])("refuses %j by name", (file, message) => {
    const read = () => schedulerConfig({ ...stableDiffusionScheduler, ...file }, "EulerDiscreteScheduler");
    expect(read).toThrow(CheckpointError);
    expect(read).toThrow(message);
  });

  it("refuses what only one class can not do for that class only", () => {
    const file = { ...stableDiffusionScheduler, predict_x0: false };
    expect(() => schedulerConfig(file, "UniPCMultistepScheduler")).toThrow(/predict_x0 is false; expected true/);
    expect(schedulerConfig(file, "HeunDiscreteScheduler").beta_end).toBe(0.012);
  });
});
