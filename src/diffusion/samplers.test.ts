import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CheckpointError, UsageError } from "../errors.ts";
import { perImage, torchCpuRandom } from "../random.ts";
import { type Denoiser, denoiser } from "./denoiser.ts";
import type { SamplerStep } from "./sample.ts";
import { createSampler, type SamplerName, type SamplerOptions, samplers } from "./samplers.ts";
import { type SchedulerFile, stableDiffusionScheduler } from "./scheduler-config.ts";

interface Case {
  sampler: SamplerName;
  steps: number;
  file: SchedulerFile;
  eta: number | null;
  timesteps: number[];
  start: number;
  probes: number[][];
  result: number[];
  then: number[];
}

const golden: { file: SchedulerFile; cases: Case[] } = JSON.parse(read("diffusion/samplers.json"));
const tiny: Record<string, { first8: number[]; last4: number[]; sum: number }> = JSON.parse(read("diffusers.json"));

describe("diffusers' schedulers on a toy model", () => {
  const named = golden.cases.map(
    (c) => [`${c.sampler} ${c.steps} ${JSON.stringify(c.file)} ${c.eta ?? ""}`, c] as const,
  );

  it.each(named)("%s", async (_, { sampler: name, steps, file, eta, ...expected }) => {
    const sampler = createSampler(name, { ...golden.file, ...file }, { steps, eta: eta ?? undefined });
    const random = torchCpuRandom(3);
    const told: number[] = [];
    const run = sampler.sample(denoiser(toyModel(told), sampler.prediction), random.normal(30), { random });
    const latents = (await all(run)).map(({ x }) => x);
    expect(latents.length).toBe(steps);
    expect(sampler.schedule.start / expected.start).toBeCloseTo(1, 6);
    expectClose(told, expected.timesteps, 1e-6);
    // From σ = 4096 diffusers' float32 Euler step itself is off by 2e-5 of what float64 gives.
    const tolerance = name === "euler" && file.rescale_betas_zero_snr === true ? 3e-5 : 1e-5;
    expectClose(latents[steps - 1], expected.result, tolerance);
    if (expected.probes.length === steps) {
      for (const [i, probe] of expected.probes.entries()) {
        expectClose(
          [0, 14, 29].map((at) => latents[i][at]),
          probe,
          Math.max(tolerance, 3e-5),
        );
      }
    }
    expect(Array.from(random.normal(2))).toEqual(expected.then.map((v) => expect.closeTo(v, 5)));
  });

  it.each<[string, SamplerName, SchedulerFile, SamplerOptions?]>([
    ["EulerAncestral", "euler-a", {}],
    ["Euler", "euler", {}],
    ["Euler_karras", "euler", { use_karras_sigmas: true }],
    ["Euler_trailing", "euler", { timestep_spacing: "trailing" }],
    ["Euler_leading_off1", "euler", { timestep_spacing: "leading" }],
    ["Heun", "heun", {}],
    ["DDIM", "ddim", {}],
    ["DDIM_eta1", "ddim", {}, { steps: 6, eta: 1 }],
    [
      "DDIM_vpred_trailing_zsnr",
      "ddim",
      { prediction_type: "v_prediction", timestep_spacing: "trailing", rescale_betas_zero_snr: true, steps_offset: 0 },
    ],
    ["DDPM", "ddpm", {}],
    ["PNDM_skip_prk", "pndm", {}],
    ["DPMpp2M", "dpmpp-2m", {}],
    ["DPMpp2M_karras", "dpmpp-2m-karras", {}],
    ["DPMpp2M_heun", "dpmpp-2m", { solver_type: "heun" }],
    ["DPMpp3M", "dpmpp-3m", {}],
    ["DPMpp2M_SDE_karras", "dpmpp-2m-sde-karras", {}],
    ["UniPC", "unipc", {}],
    ["UniPC_bh2_order3", "unipc", { solver_order: 3 }],
    ["UniPC_bh1_sigmamin", "unipc", { solver_type: "bh1", final_sigmas_type: "sigma_min" }],
    ["LCM", "lcm", {}],
    ["LMS", "lms", {}],
  ])("sched_%s", async (record, name, file, options = { steps: 6 }) => {
    const sampler = createSampler(name, { ...stableDiffusionScheduler, ...file }, options);
    const random = torchCpuRandom(0);
    const steps = await all(sampler.sample(denoiser(toyModel(), sampler.prediction), random.normal(16), { random }));
    const result = Array.from(steps[5].x);
    const { first8, last4, sum } = tiny[`sched_${record}_6steps`];
    expectClose(
      [...result.slice(0, 8), ...result.slice(12), result.reduce((a, b) => a + b)],
      [...first8, ...last4, sum],
      1e-5,
    );
  });
});

const NAMES = Object.keys(samplers) as SamplerName[];

describe.each(NAMES)("%s", (name) => {
  const sampler = createSampler(name, stableDiffusionScheduler, { steps: 7 });
  const denoise = denoiser(toyModel(), "epsilon");
  const image = 4 * 3 * 5;

  async function result(seeds: number[]): Promise<Float32Array> {
    const random = perImage(seeds.map(torchCpuRandom));
    const steps = await all(sampler.sample(denoise, random.normal(seeds.length * image), { random }));
    return steps[steps.length - 1].x;
  }

  it("makes each image of a batch as if it were alone, and a second time the same", async () => {
    const [first, second] = [await result([5]), await result([8])];
    const batch = await result([5, 8]);
    expect(batch.subarray(0, image)).toEqual(first);
    expect(batch.subarray(image)).toEqual(second);
    expect(first).not.toEqual(second);
  });

  it("counts its steps down to the clean sample, and stops evaluating when one stops asking", async () => {
    let calls = 0;
    const counted: Denoiser = (...args) => {
      calls++;
      return denoise(...args);
    };
    const random = torchCpuRandom(1);
    const seen: SamplerStep[] = [];
    for await (const step of sampler.sample(counted, random.normal(image), { random })) {
      seen.push(step);
      if (step.step === 3) break;
    }
    const evaluations = { heun: 6, pndm: 4 };
    expect(calls).toBe(name === "heun" || name === "pndm" ? evaluations[name] : 3);
    expect(seen.map(({ step, steps }) => [step, steps])).toEqual([
      [1, 7],
      [2, 7],
      [3, 7],
    ]);
    expect(seen.map(({ sigma }) => sigma)).toEqual(sampler.schedule.levels.slice(0, 3).map(({ next }) => next));
    expect(seen[2].denoised.length).toBe(image);
  });

  it.each([0, -1, 1.5, Number.NaN, 1001, Infinity])("refuses %d steps", (steps) => {
    expect(() => createSampler(name, stableDiffusionScheduler, { steps })).toThrow(UsageError);
  });
});

describe("on data from N(0, s²), whose denoiser is x s² / (s² + σ²)", () => {
  const s = 0.7;
  const gaussian: Denoiser = async (x, sigma) => x.map((value) => (value * s ** 2) / (s ** 2 + sigma ** 2));

  /** Relative error at the last level above 0 against the flow's solution: x / √(s² + σ²) never changes. */
  async function error(name: SamplerName, file: SchedulerFile, steps: number): Promise<number> {
    const sampler = createSampler(name, { ...stableDiffusionScheduler, ...file }, { steps });
    const { levels, start, preserving } = sampler.schedule;
    const run = await all(sampler.sample(gaussian, Float32Array.of(1), { random: torchCpuRandom(1) }));
    const scale = (sigma: number) => (preserving ? Math.hypot(sigma, 1) : 1);
    const { x, sigma } = run[steps - 2];
    const begun = (start * scale(levels[0].sigma)) / Math.hypot(s, levels[0].sigma);
    return Math.abs((x[0] * scale(sigma)) / Math.hypot(s, sigma) / begun - 1);
  }

  const karras = { use_karras_sigmas: true };

  it.each<[SamplerName, SchedulerFile, number]>([
    ["euler", karras, 1],
    ["heun", karras, 2],
    ["dpmpp-2m-karras", {}, 2],
    ["dpmpp-2m-karras", { solver_type: "heun" }, 2],
    ["unipc", karras, 3],
    ["unipc", { ...karras, solver_type: "bh1" }, 3],
    ["unipc", { ...karras, solver_order: 3 }, 4],
    ["lms", karras, 3.5],
  ])("%s with %j converges with order %f", async (name, file, order) => {
    const [coarse, fine] = [await error(name, file, 32), await error(name, file, 64)];
    expect(Math.log2(coarse / fine)).toBeGreaterThan(order - 0.02);
    expect(Math.log2(coarse / fine)).toBeLessThan(order + 0.4);
  });

  it("DPM-Solver++ 3M is closer than 2M", async () => {
    expect(await error("dpmpp-3m", karras, 16)).toBeLessThan((await error("dpmpp-2m-karras", {}, 16)) / 5);
  });

  async function spread(name: SamplerName, options: SamplerOptions): Promise<number> {
    const sampler = createSampler(name, stableDiffusionScheduler, options);
    const random = torchCpuRandom(17);
    const run = await all(sampler.sample(gaussian, random.normal(20_000), { random }));
    const result = run[run.length - 1].x;
    return Math.sqrt(result.reduce((sum, value) => sum + value ** 2, 0) / result.length) / s;
  }

  it.each<[SamplerName, Omit<SamplerOptions, "steps">]>([
    ["euler-a", {}],
    ["ddim", { eta: 1 }],
    ["ddpm", {}],
    ["euler", { churn: { amount: 20 } }],
  ])("%s with %j gives back the spread of the data", async (name, options) => {
    const few = Math.abs((await spread(name, { steps: 40, ...options })) - 1);
    const many = Math.abs((await spread(name, { steps: 160, ...options })) - 1);
    expect(many).toBeLessThan(0.05);
    expect(many).toBeLessThan(few / 2);
  });

  it("the second-order SDE solver gives it back in few steps", async () => {
    expect(Math.abs((await spread("dpmpp-2m-sde-karras", { steps: 40 })) - 1)).toBeLessThan(0.01);
  });
});

it("DDIM is Euler's method on the same levels", async () => {
  const leading = { ...stableDiffusionScheduler, timestep_spacing: "leading", set_alpha_to_one: true };
  const [a, b] = (["ddim", "euler"] as const).map(async (name) => {
    const random = torchCpuRandom(4);
    const sampler = createSampler(name, leading, { steps: 5 });
    return (await all(sampler.sample(denoiser(toyModel(), "epsilon"), random.normal(30), { random })))[4].x;
  });
  expectClose(await a, await b, 1e-6);
});

it("churn evaluates the network at the raised noise", async () => {
  const sampler = createSampler("euler", stableDiffusionScheduler, { steps: 5, churn: { amount: 2, min: 1, max: 10 } });
  const seen: [sigma: number, t: number][] = [];
  const denoise: Denoiser = async (x, sigma, t) => {
    seen.push([sigma, t]);
    return x.map(() => 0);
  };
  const random = torchCpuRandom(2);
  await all(sampler.sample(denoise, random.normal(30), { random }));
  const raised = sampler.schedule.levels.map(({ sigma }) => (sigma >= 1 && sigma <= 10 ? sigma * 1.4 : sigma));
  expectClose(
    seen.map(([sigma]) => sigma),
    raised,
    1e-6,
  );
  expect(seen[1][1]).toBeGreaterThan(sampler.schedule.levels[1].t);
  expect(seen[3][1]).toBe(sampler.schedule.levels[3].t);
});

it("the original's Euler ancestral steps have their known coefficients", async () => {
  const options: SamplerOptions = { steps: 5, interpolation: "log-sigma" };
  const { schedule, sample } = createSampler("euler-a", stableDiffusionScheduler, options);
  // With D = 0 a step leaves σ_down / σ of x; with x = 0 and noise 1 it adds σ_up.
  const zero: Denoiser = async (x) => x.map(() => 0);
  const none = { normal: (n: number) => new Float32Array(n) };
  const one = { normal: (n: number) => new Float32Array(n).fill(1) };
  const down = await all(sample(zero, Float32Array.of(1), { random: none }));
  const before = [schedule.start, ...down.map(({ x }) => x[0])];
  const downs = down.map(({ x }, i) => (x[0] / before[i]) * schedule.levels[i].sigma);
  expect(downs).toEqual([1.14242, 0.638778, 0.299108, 0.0012238, 0].map((v) => expect.closeTo(v, 5)));
  const up = await all(sample(async (x) => x, Float32Array.of(0), { random: one }));
  const ups = up.map(({ x }, i) => x[0] - (i === 0 ? 0 : up[i - 1].x[0]));
  expect(ups).toEqual([3.923128, 1.483935, 0.627509, 0.0291415, 0].map((v) => expect.closeTo(v, 5)));
});

describe("options of another sampler", () => {
  it.each<[SamplerName, SamplerOptions, RegExp]>([
    ["euler", { steps: 5, eta: 0.5 }, /eta is for ddim/],
    ["ddim", { steps: 5, eta: 1.5 }, /from 0 to 1; got 1.5/],
    ["heun", { steps: 5, churn: { amount: 1 } }, /churn is for euler/],
    ["pndm", { steps: 3 }, /from 4 to 1000, got 3/],
  ])("%s refuses %j", (name, options, message) => {
    const file = { ...stableDiffusionScheduler, skip_prk_steps: false };
    expect(() => createSampler(name, file, options)).toThrow(UsageError);
    expect(() => createSampler(name, file, options)).toThrow(message);
  });

  it("predictions of x0 are refused where diffusers refuses them", () => {
    const file = { ...stableDiffusionScheduler, prediction_type: "sample" };
    for (const name of ["euler-a", "pndm"] as const) {
      expect(() => createSampler(name, file, { steps: 5 })).toThrow(CheckpointError);
    }
    expect(createSampler("euler", file, { steps: 5 }).prediction).toBe("sample");
  });
});

function toyModel(told: number[] = []) {
  return async (x: Float32Array, t: number) => {
    told.push(t);
    return x.map((value) => 0.3 * Math.sin(value) + 0.1 * Math.cos(t / 100));
  };
}

async function all(steps: AsyncIterable<SamplerStep>): Promise<SamplerStep[]> {
  const list: SamplerStep[] = [];
  for await (const step of steps) list.push(step);
  return list;
}

/** Equal to within `tolerance` of the largest magnitude. */
function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  const scale = Math.max(...Array.from(expected, Math.abs), 1e-3);
  const worst = Math.max(...Array.from(expected, (value, i) => Math.abs(actual[i] - value) / scale));
  expect(worst).toBeLessThan(tolerance);
}

function read(name: string): string {
  return readFileSync(new URL(`../../test/golden/${name}`, import.meta.url), "utf8");
}
