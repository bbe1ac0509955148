import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { UsageError } from "../errors.ts";
import { betaQuantile } from "./beta-quantile.ts";
import { alphaBars, sigmaTable } from "./noise-table.ts";
import { createSampler, type SamplerName } from "./samplers.ts";
import { type Schedule, sigmaAt, timestepAt } from "./schedule.ts";
import { type SchedulerFile, schedulerConfig, stableDiffusionScheduler } from "./scheduler-config.ts";
import { roundHalfEven } from "./timesteps.ts";

const config = schedulerConfig(stableDiffusionScheduler, "EulerDiscreteScheduler");

function schedule(name: SamplerName, steps: number, file: SchedulerFile = {}): Schedule {
  return createSampler(name, { ...stableDiffusionScheduler, ...file }, { steps }).schedule;
}

const timesteps = ({ levels }: Schedule) => levels.map(({ t }) => t);
const sigmas = ({ levels }: Schedule) => [...levels.map(({ sigma }) => sigma), levels[levels.length - 1].next];

function expectClose(actual: ArrayLike<number>, expected: readonly number[], tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) {
    expect(Math.abs(actual[i] - value)).toBeLessThanOrEqual(tolerance * Math.abs(value));
  }
}

describe("the noise that training added", () => {
  it("is diffusers' table for Stable Diffusion", () => {
    const alphaBar = alphaBars(config);
    const at = [0, 1, 500, 999];
    expectClose(
      at.map((t) => alphaBar[t]),
      [0.99914998, 0.998296, 0.27633247, 0.0046600951],
      1e-7,
    );
    expectClose(
      at.map((t) => sigmaTable(alphaBar)[t]),
      [0.029167535, 0.041314479, 1.6182797, 14.614646911621094],
      1e-7,
    );
  });

  it("is the original code's table when computed in double", () => {
    const table = sigmaTable(alphaBars(config, "float64"));
    const known = [0.0291672, 0.041314, 0.098291, 0.343931, 0.695799, 1.618279, 4.099164, 8.346597, 14.6146412];
    expectClose(
      [0, 1, 10, 100, 250, 500, 750, 900, 999].map((t) => table[t]),
      known,
      2e-5,
    );
  });

  it("ends without signal when rescaled to zero SNR, and starts where it did", () => {
    const rescaled = alphaBars({ ...config, rescale_betas_zero_snr: true });
    expect(rescaled[999]).toBe(0);
    expect(rescaled[0]).toBeCloseTo(alphaBars(config)[0], 6);
  });

  it("can be given β by β, one for each timestep", () => {
    const given = { ...config, num_train_timesteps: 3, trained_betas: [0.1, 0.2, 0.5] };
    expectClose(alphaBars(given), [0.9, 0.72, 0.36], 1e-7);
    expect(() => alphaBars({ ...given, num_train_timesteps: 4 })).toThrow(/trained_betas has 3 entries/);
  });
});

describe("levels for 5 steps of InstructPix2Pix's own configuration", () => {
  const euler = [14.6146469, 4.0860896, 1.6155834, 0.695151, 0.0291675, 0];
  const solver = [14.6146469, 5.0877652, 2.276464, 1.1643916, 0.5716664, 0];
  const karras = [14.6146469, 4.7965441, 1.2741053, 0.2479517, 0.0291675, 0];

  it.each<[SamplerName, number[], number[]]>([
    ["euler-a", [999, 749.25, 499.5, 249.75, 0], euler],
    ["euler", [999, 749.25, 499.5, 249.75, 0], euler],
    ["lms", [999, 749.25, 499.5, 249.75, 0], euler],
    ["heun", [999, 749.25, 499.5, 249.75, 0], euler],
    ["dpmpp-2m", [999, 799, 599, 400, 200], solver],
    ["unipc", [999, 799, 599, 400, 200], solver],
    ["dpmpp-2m-karras", [999, 786, 427, 59, 0], karras],
  ])("%s", (name, t, sigma) => {
    expect(timesteps(schedule(name, 5))).toEqual(t);
    expectClose(sigmas(schedule(name, 5)), sigma, 2e-6);
  });

  it.each<[SamplerName, SchedulerFile, number[]]>([
    ["ddim", {}, [801, 601, 401, 201, 1]],
    ["ddpm", {}, [801, 601, 401, 201, 1]],
    ["pndm", {}, [801, 601, 401, 201, 1]],
    ["euler", { timestep_spacing: "trailing" }, [999, 799, 599, 399, 199]],
    ["dpmpp-2m", { timestep_spacing: "trailing" }, [999, 799, 599, 399, 199]],
  ])("%s with %j visits whole timesteps", (name, file, t) => {
    expect(timesteps(schedule(name, 5, file))).toEqual(t);
  });

  it("Euler keeps Karras' timesteps fractional", () => {
    const t = timesteps(schedule("euler", 5, { use_karras_sigmas: true }));
    expect(t).toEqual([999, 785.953979, 427.489777, 58.891502, 0].map((value) => expect.closeTo(value, 3)));
  });

  it("Euler starts leading spacing from unit variance", () => {
    const leading = schedule("euler", 5, { timestep_spacing: "leading" });
    expect(leading.levels[0].sigma).toBeCloseTo(5.1344333, 6);
    expect(leading.start).toBeCloseTo(5.2309089, 6);
  });
});

it("Euler ancestral's 100 steps and latent consistency's few start and end as known", () => {
  const hundred = schedule("euler-a", 100);
  expectClose(timesteps(hundred).slice(0, 3), [999, 988.90912, 978.81818], 1e-7);
  expectClose(sigmas(hundred).slice(0, 3), [14.614647, 13.752513, 12.95247], 1e-6);
  expectClose(sigmas(hundred).slice(-3), [0.0987033, 0.0291675, 0], 3e-6);
  expect(timesteps(schedule("lcm", 4))).toEqual([999, 759, 499, 259]);
  expect(timesteps(schedule("lcm", 8))).toEqual([999, 879, 759, 639, 499, 379, 259, 139]);
});

describe("for every number of steps", () => {
  interface Grid {
    sampler: SamplerName;
    file: SchedulerFile;
    rows: [steps: number, length: number, checksum: number][];
  }
  const url = new URL("../../test/golden/diffusion/samplers.json", import.meta.url);
  const { grids }: { grids: Grid[] } = JSON.parse(readFileSync(url, "utf8"));

  it.each(grids.map((g) => [g.sampler, JSON.stringify(g.file), g] as const))(
    "%s %s visits diffusers' timesteps",
    (name, _, grid) => {
      for (const [steps, length, checksum] of grid.rows) {
        // A class of its own, so that everything the file says is what it chose.
        const t = timesteps(schedule(name, steps, { ...grid.file, _class_name: undefined }));
        expect(t.length).toBe(length);
        expectClose([t.reduce((sum, value, i) => sum + value * (i + 1), 0)], [checksum], 5e-9);
      }
    },
  );
});

describe("the levels of the original code", () => {
  const levels = (steps: number) =>
    sigmas(createSampler("euler-a", stableDiffusionScheduler, { steps, interpolation: "log-sigma" }).schedule);

  it("are interpolated in ln σ", () => {
    expectClose(levels(1), [14.6146412, 0], 2e-5);
    expectClose(levels(2), [14.614641, 0.0291672, 0], 2e-5);
    expectClose(levels(5), [14.614641, 4.086081, 1.61558, 0.69515, 0.029167, 0], 2e-5);
    const ten = [
      14.614641, 7.839883, 4.609174, 2.918307, 1.950161, 1.344928, 0.932358, 0.624977, 0.368658, 0.029167, 0,
    ];
    expectClose(levels(10), ten, 2e-5);
    expectClose(levels(20).slice(0, 4), [14.614641, 10.746802, 8.081519, 6.204934], 2e-6);
    expectClose(levels(100).slice(0, 5), [14.614641, 13.752486, 12.952433, 12.209398, 11.518755], 2e-6);
    expectClose(levels(100).slice(-4), [0.138616, 0.098695, 0.029167, 0], 2e-5);
  });

  it("are found back from σ, and stop at the table's ends", () => {
    const table = sigmaTable(alphaBars(config, "float64"));
    for (const [sigma, t] of [
      [10, 933.5068],
      [5, 795.1731],
      [2, 562.286],
      [1, 353.8904],
      [0.5, 169.3148],
      [0.1, 10.3822],
    ]) {
      expect(timestepAt(table, sigma)).toBeCloseTo(t, 3);
      expect(sigmaAt(table, t, "log-sigma")).toBeCloseTo(sigma, 4);
    }
    expect(timestepAt(table, 20)).toBe(999);
    expect(timestepAt(table, 0.001)).toBe(0);
    expect(timestepAt(table, 0)).toBe(0);
  });
});

describe("steps that do not fit", () => {
  it.each<[SamplerName, number, SchedulerFile, RegExp]>([
    ["lcm", 51, {}, /50 steps at most, got 51/],
    ["dpmpp-2m", 1000, {}, /twice/],
    ["ddim", 1000, { steps_offset: 1 }, /do not fit/],
    ["unipc", 1000, { timestep_spacing: "leading" }, /do not fit/],
  ])("%s refuses %i", (name, steps, file, message) => {
    expect(() => schedule(name, steps, file)).toThrow(UsageError);
    expect(() => schedule(name, steps, file)).toThrow(message);
  });
});

it("roundHalfEven rounds ties to the even neighbour", () => {
  expect([0.5, 1.5, 2.5, 62.5, 63.5, 2.4, 2.6].map(roundHalfEven)).toEqual([0, 2, 2, 62, 64, 2, 3]);
});

it("betaQuantile inverts the Beta(a, a) distribution", () => {
  // a = 1 is uniform, a = 1/2 the arcsine distribution: both have closed forms.
  for (const p of [0, 1e-6, 0.1, 0.5, 0.73, 1]) {
    expect(betaQuantile(p, 1)).toBeCloseTo(p, 14);
    expect(betaQuantile(p, 0.5)).toBeCloseTo(Math.sin((Math.PI * p) / 2) ** 2, 14);
  }
});
