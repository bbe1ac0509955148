/** What the trainer refuses, and what it says: options, snapshots of other models, numbers that are none. */

import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/errors.ts";
import { type NdArray, zeros } from "../../src/ndarray.ts";
import type { Arrays, Runtime } from "../../src/runtime/runtime.ts";
import type { Task, TrainerOptions } from "../../src/train/trainer.ts";
import { engine } from "../graph/engine.ts";
import { bits, finished, slowed, startToy, toy, ways } from "./toy.ts";

describe("a training that diverges", () => {
  const poisoned: Task = {
    ...toy,
    feeds: (index, batch) => {
      const feeds = toy.feeds(index, batch) as Arrays;
      return index < 4
        ? feeds
        : { ...feeds, target: { shape: [batch, 3], data: new Float32Array(3 * batch).fill(Number.NaN) } };
    },
  };

  it.each(ways)("says so, and hands out nothing of what is left, %s", async (_, options) => {
    await using trainer = await startToy(await engine(), { ...options, task: poisoned });
    const train = async () => {
      for await (const _ of trainer);
    };
    const step = Math.floor(4 / (options.accumulate ?? 1));
    await expect(train()).rejects.toThrow(`the loss of step ${step + 1} is NaN`);
    expect(trainer.step).toBe(step);
    for (const attempt of [train(), trainer.snapshot(), trainer.weights()])
      await expect(attempt).rejects.toThrow(UsageError);
    await expect(trainer.snapshot()).rejects.toThrow("resume from the last snapshot");
  });
});

describe("examples that cannot be had", () => {
  const failing: Task = {
    ...toy,
    feeds: (index, batch) => (index === 5 ? Promise.reject(new RangeError("no disk")) : toy.feeds(index, batch)),
  };
  const stopped = async (options: Partial<TrainerOptions>) => {
    const trainer = await startToy(await engine(), { ...options, accumulate: 2, task: failing });
    const steps = async () => {
      for await (const _ of trainer);
    };
    await expect(steps()).rejects.toThrow(RangeError);
    return trainer;
  };

  it("in the middle of a step leave the state before it", async () => {
    await using trainer = await stopped({});
    expect((await trainer.snapshot()).step).toBe(2);
  });

  it("in the middle of a step, when the average has moved, leave nothing to go on from", async () => {
    await using trainer = await stopped({ ema: { per: "micro-batch" } });
    await expect(trainer.snapshot()).rejects.toThrow("step 3 of the training failed half-way");
  });
});

describe("options out of range", () => {
  const cases: readonly [string, Partial<TrainerOptions>, string][] = [
    ["a learning rate that is no number", { learningRate: Number.NaN }, "learning rate above 0, got NaN"],
    ["a learning rate below 0", { learningRate: -1e-4 }, "learning rate above 0, got -0.0001"],
    ["an empty batch", { batch: 0 }, "batch to be a whole number above 0, got 0"],
    ["half a batch", { batch: 1.5 }, "batch to be a whole number above 0, got 1.5"],
    ["no steps", { steps: 0 }, "steps to be a whole number above 0, got 0"],
    ["nothing to accumulate", { accumulate: 0 }, "accumulate to be a whole number above 0, got 0"],
    ["a warm-up that is no number", { warmup: Number.NaN }, "warmup to be a whole number of steps, got NaN"],
    ["a warm-up before the beginning", { warmup: -1 }, "warmup to be a whole number of steps, got -1"],
    ["gradients clipped to nothing", { maxGradNorm: 0 }, "maxGradNorm to be a number above 0"],
    ["gradients clipped to no number", { maxGradNorm: Number.NaN }, "maxGradNorm to be a number above 0"],
    ["groups of no bytes", { updateBytes: 0 }, "updateBytes to be a number above 0, got 0"],
    ["a moment that never forgets", { adamw: { betas: [0.9, 1] } }, "adamw.betas to be decay rates in [0, 1), got 1"],
    ["an eps of 0", { adamw: { eps: 0 } }, "adamw.eps to be a number above 0, got 0"],
    ["weights that grow", { adamw: { weightDecay: -0.1 } }, "adamw.weightDecay to be a number from 0 up, got -0.1"],
    ["an average that grows", { ema: { decay: 1.1 } }, "ema.decay to be a number in [0, 1], got 1.1"],
    ["a schedule that is none", { schedule: "daily" as "constant" }, "one of constant, constant_with_warmup"],
    ["a seed that is none", { seed: -1 }, "a seed is an integer"],
  ];

  it.each(cases)("are refused before anything runs: %s", async (_, options, message) => {
    const touched: string[] = [];
    const runtime = await engine();
    const task: Task = {
      ...toy,
      feeds: (index, batch) => {
        touched.push("feeds");
        return toy.feeds(index, batch);
      },
    };
    const watched: Runtime = {
      ...slowed(runtime, async () => {}),
      compile: (graph, compileOptions) => {
        touched.push("compile");
        return runtime.compile(graph, compileOptions);
      },
    };
    const starting = startToy(watched, { task, ...options });
    await expect(starting).rejects.toThrow(UsageError);
    await expect(starting).rejects.toThrow(message);
    expect(touched).toEqual([]);
  });
});

describe("a snapshot of another training", () => {
  const resuming = async (
    change: (tensors: Record<string, NdArray>) => void,
    options: Partial<TrainerOptions> = {},
  ) => {
    const runtime = await engine();
    await using trainer = await startToy(runtime, { ema: false });
    const { step, tensors } = await trainer.snapshot();
    const changed = { ...tensors };
    change(changed);
    return await startToy(runtime, { ema: false, ...options, resume: { step, tensors: changed } });
  };

  it.each<[string, (tensors: Record<string, NdArray>) => void, string]>([
    ["lacks a tensor", (tensors) => delete tensors["moment2/out.bias"], "expected moment2/out.bias of [3], got none"],
    [
      "has one of another shape",
      (tensors) => {
        tensors["weight/conv.weight"] = zeros([4, 3, 3, 3]);
      },
      "expected weight/conv.weight of [4, 2, 3, 3], got [4, 3, 3, 3]",
    ],
    [
      "has a tensor more",
      (tensors) => {
        tensors["weight/out.scale"] = zeros([3]);
      },
      "has weight/out.scale, which is not trained here",
    ],
  ])("is refused when it %s", async (_, change, message) => {
    const starting = resuming(change);
    await expect(starting).rejects.toThrow(UsageError);
    await expect(starting).rejects.toThrow(message);
  });

  it("is refused when it has no average and one is wanted", async () => {
    await expect(resuming(() => {}, { ema: {} })).rejects.toThrow("expected ema/conv.weight of [4, 2, 3, 3], got none");
  });

  it("is taken when it has an average that is no longer wanted", async () => {
    const runtime = await engine();
    await using trainer = await startToy(runtime);
    for await (const { step } of trainer) if (step === 2) break;
    const rest = await finished(runtime, { ema: false, resume: await trainer.snapshot() });
    const whole = await finished(runtime, { ema: false });
    expect(bits(rest.state)).toEqual(bits(whole.state));
  });
});
