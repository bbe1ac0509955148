/** What the trainer promises beside right numbers: going on where it was, the same however a step is made, clear refusals. */

import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/errors.ts";
import { recompute } from "../../src/graph/recompute.ts";
import { constant, input } from "../../src/graph/tensor.ts";
import { resnetBlock } from "../../src/models/resnet.ts";
import { type NdArray, zeros } from "../../src/ndarray.ts";
import type { ParameterStore } from "../../src/nn/params.ts";
import { initialValues } from "../../src/train/initialize.ts";
import type { Task } from "../../src/train/trainer.ts";
import { relativeError } from "../graph/arrays.ts";
import { engine } from "../graph/engine.ts";
import { Stream } from "./goldens.ts";
import { bits, distance, finished, slowed, startToy, TOY_WEIGHTS, toy, ways } from "./toy.ts";

describe("a training that is interrupted after any step", () => {
  it.each(ways)("goes on bit for bit, %s", async (_, options) => {
    const runtime = await engine();
    const whole = await finished(runtime, options);
    await using trainer = await startToy(runtime, options);
    const snapshots = [await trainer.snapshot()];
    for await (const _ of trainer) snapshots.push(await trainer.snapshot());
    expect(snapshots.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(new Set(snapshots.map((state) => JSON.stringify(bits(state)))).size).toBe(7);
    expect(bits(snapshots[6])).toEqual(bits(whole.state));
    for (const resume of snapshots.slice(0, 6)) {
      const rest = await finished(runtime, { ...options, resume });
      expect(rest.reports).toEqual(whole.reports.slice(resume.step));
      expect(bits(rest.state)).toEqual(bits(whole.state));
    }
  });

  it("goes on from tensors that are read one at a time", async () => {
    const runtime = await engine();
    const whole = await finished(runtime);
    await using trainer = await startToy(runtime);
    for await (const { step } of trainer) if (step === 2) break;
    const { tensors } = trainer;
    const rest = await finished(runtime, { resume: { step: 2, tensors: Object.fromEntries(tensors) } });
    expect(bits(rest.state)).toEqual(bits(whole.state));
  });

  it("goes on in the same trainer, which asks for no example twice", async () => {
    const asked: number[] = [];
    const task: Task = {
      ...toy,
      feeds: (index, batch) => {
        asked.push(index);
        return toy.feeds(index, batch);
      },
    };
    const runtime = await engine();
    await using trainer = await startToy(runtime, { task });
    for await (const { step } of trainer) if (step === 3) break;
    for await (const _ of trainer);
    expect(asked).toEqual([0, 1, 2, 3, 4, 5]);
    expect(bits(await trainer.snapshot())).toEqual(bits((await finished(runtime)).state));
  });
});

describe("the ways of making a step", () => {
  it("agree, in one graph and in groups", async () => {
    const runtime = await engine();
    const [whole, groups] = [await finished(runtime), await finished(runtime, { updateBytes: 100 })];
    expect(distance(whole.state, groups.state)).toBeLessThan(1e-6);
    expect(distance(whole.state, (await finished(runtime, { seed: 4 })).state)).toBeGreaterThan(0.1);
  });

  it("agree, clipped or not, at the same norm", async () => {
    const runtime = await engine();
    const free = await finished(runtime, { steps: 1, maxGradNorm: Infinity });
    const [{ gradNorm }] = free.reports;
    expect(gradNorm).toBeGreaterThan(1);
    const loose = await finished(runtime, { steps: 1, maxGradNorm: 1.01 * gradNorm });
    expect(distance(free.state, loose.state)).toBe(0);
    const tight = await finished(runtime, { steps: 1, maxGradNorm: gradNorm / 4 });
    for (const path of TOY_WEIGHTS) {
      const [a, b] = [free, tight].map(({ state }) => state.tensors[`moment1/${path}`].data);
      for (const [i, value] of a.entries()) expect(Math.abs(b[i] - value / 4)).toBeLessThan(1e-5 * gradNorm);
    }
  });

  it("agree, clipped and so in place or not, where no gradient depends on the weights that are measured", async () => {
    const runtime = await engine();
    const task: Task = {
      loss: (batch) => (p) => {
        const [wide, narrow] = [p.get("wide.weight", [3, 700, 1, 1]), p.get("narrow.bias", [700])];
        const product = wide
          .reshape([3, 700])
          .add(narrow)
          .mul(input("x", [batch, 1, 700]));
        return { loss: product.mean(), metrics: { wide: wide.sum(), narrow: narrow.sum() } };
      },
      feeds: (index, batch) => ({ x: new Stream(index).tensor([batch, 1, 700]) }),
      initial: (path, shapes) => new Stream(path.length).tensor(shapes.get(path)!).data,
    };
    const copied = await finished(runtime, { task, maxGradNorm: Infinity });
    const inPlace = await finished(runtime, { task, maxGradNorm: 1e6 });
    expect(inPlace.reports).toEqual(copied.reports);
    expect(bits(inPlace.state)).toEqual(bits(copied.state));
    const { data } = new Stream("wide.weight".length).tensor([3, 700, 1, 1]);
    expect(inPlace.reports[0].metrics.wide).toBeCloseTo(
      data.reduce((sum, value) => sum + value),
      3,
    );
  });

  it("agree, in one batch and in micro-batches of the same examples", async () => {
    const runtime = await engine();
    const large = await finished(runtime, { batch: 6 });
    const small = await finished(runtime, { batch: 2, accumulate: 3 });
    expect(distance(large.state, small.state)).toBeLessThan(1e-4);
    for (const [i, { loss, gradNorm, metrics }] of large.reports.entries()) {
      const other = small.reports[i];
      expect(other.loss / loss).toBeCloseTo(1, 5);
      expect(other.gradNorm / gradNorm).toBeCloseTo(1, 5);
      expect(other.metrics.size / metrics.size).toBeCloseTo(1, 5);
    }
  });

  it("agree on the average after one micro-batch, which is that after the step", async () => {
    const runtime = await engine();
    const step = await finished(runtime, { ema: { per: "step" } });
    const micro = await finished(runtime, { ema: { per: "micro-batch" } });
    expect(bits(micro.state)).toEqual(bits(step.state));
    const groups = await finished(runtime, { ema: { per: "micro-batch" }, updateBytes: 100 });
    expect(distance(groups.state, step.state)).toBeLessThan(1e-6);
  });

  it("agree, with and without recomputed blocks", async () => {
    const runtime = await engine();
    const task = (mark: typeof recompute): Task => ({
      loss: (batch) => (p) => {
        const options = { activation: "silu", groups: 2, eps: 1e-5, temb: input("temb", [batch, 3]) };
        let h = input("x", [batch, 4, 5, 3]);
        for (const name of ["first", "second"]) h = mark(() => resnetBlock(p.at(name), h, 4, options));
        return { loss: h.mul(h).mean() };
      },
      feeds: (index, batch) => {
        const stream = new Stream(index);
        return { x: stream.tensor([batch, 4, 5, 3]), temb: stream.tensor([batch, 3]) };
      },
      initial: (path, shapes, random) => initialValues(path, shapes, random),
    });
    const kept = await finished(runtime, { task: task((build) => build()), steps: 3 });
    const again = await finished(runtime, { task: task(recompute), steps: 3 });
    expect(again.reports.map(({ loss }) => loss)).toEqual(kept.reports.map(({ loss }) => loss));
    expect(distance(kept.state, again.state)).toBeLessThan(1e-6);
    expect(kept.reports[2].loss).toBeLessThan(kept.reports[0].loss);
  });
});

describe("what is reported", () => {
  it("is the step, the rate of the schedule, the loss and what else the task measures", async () => {
    const options = { schedule: "linear", warmup: 2 } as const;
    const { reports } = await finished(await engine(), options);
    expect(reports.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    for (const [i, rate] of [0, 0.5, 1, 0.75, 0.5, 0.25].entries()) {
      expect(reports[i].learningRate).toBeCloseTo(0.02 * rate, 12);
    }
    expect(reports.every(({ metrics }) => Object.keys(metrics).join() === "size")).toBe(true);
    expect(reports[1].loss).not.toBe(reports[0].loss);
  });

  it("falls over many steps on the same examples", async () => {
    const task: Task = { ...toy, feeds: (_, batch) => toy.feeds(0, batch) };
    const { reports } = await finished(await engine(), { task, steps: 60 });
    expect(reports[59].loss).toBeLessThan(0.05 * reports[0].loss);
  });
});

describe("parameters", () => {
  it("that nothing depends on only decay", async () => {
    const runtime = await engine();
    const begin = await startToy(runtime, { adamw: { weightDecay: 0.5 } });
    const before = (await begin.weights()).get("unused.weight")!;
    for await (const _ of begin);
    const after = (await begin.weights()).get("unused.weight")!;
    await begin.dispose();
    const factor = (1 - 0.02 * 0.5) ** 6;
    for (const [i, value] of before.data.entries()) expect(after.data[i] / value).toBeCloseTo(factor, 5);
  });

  it("that are frozen are not trained, nor part of the state; the others see the same gradients", async () => {
    const runtime = await engine();
    const options = { steps: 1, maxGradNorm: Infinity };
    const all = await finished(runtime, options);
    await using trainer = await startToy(runtime);
    const first = await trainer.weights();
    const frozen = ["conv.weight", "conv.bias"];
    const { state } = await finished(runtime, { ...options, task: freezing((path) => first.get(path), frozen) });
    const left = TOY_WEIGHTS.filter((path) => !frozen.includes(path));
    const slots = ["weight", "moment1", "moment2", "ema"];
    expect(Object.keys(state.tensors)).toEqual(slots.flatMap((slot) => left.map((path) => `${slot}/${path}`)));
    const shared = Object.keys(state.tensors).filter((name) => name.startsWith("moment"));
    for (const name of shared) expect(relativeError(state.tensors[name], all.state.tensors[name])).toBeLessThan(1e-6);
  });

  it("of which none is left are refused", async () => {
    const zeros = () => undefined;
    const starting = startToy(await engine(), { task: freezing(zeros, TOY_WEIGHTS) });
    await expect(starting).rejects.toThrow(UsageError);
    await expect(startToy(await engine(), { task: freezing(zeros, TOY_WEIGHTS) })).rejects.toThrow("nothing to train");
  });

  it("average to what they were when no step was made", async () => {
    await using trainer = await startToy(await engine());
    expect([...(await trainer.weights("ema"))]).toEqual([...(await trainer.weights())]);
    expect([...(await trainer.weights()).keys()]).toEqual(TOY_WEIGHTS);
  });
});

/** The toy with some parameters frozen, at zero unless `values` says otherwise. */
function freezing(values: (path: string) => NdArray<Float32Array> | undefined, paths: readonly string[]): Task {
  const store: ParameterStore = {
    has: (path) => paths.includes(path),
    parameter: (path, shape) => constant((values(path) ?? zeros(shape)).data, shape),
  };
  const places = () => ({ location: (file: string) => file, content: (file: string) => file });
  // What is drawn for a parameter depends on those drawn before it.
  const initial: Task["initial"] = (path, shapes, random) => values(path)?.data ?? toy.initial(path, shapes, random);
  return { ...toy, initial, frozen: { store, places } };
}

describe("examples", () => {
  it("of the next micro-batch are prepared while the engine computes, and none beyond the last", async () => {
    const runtime = await engine();
    const asked: number[] = [];
    const called = new EventTarget();
    const task: Task = {
      ...toy,
      feeds: (index, batch) => {
        asked.push(index);
        called.dispatchEvent(new Event(`${index}`));
        return toy.feeds(index, batch);
      },
    };
    // An engine that does not finish before the examples after next were asked for.
    let runs = 0;
    const slow = slowed(runtime, async () => {
      const next = ++runs;
      if (next < 6 && !asked.includes(next))
        await new Promise((resolve) => called.addEventListener(`${next}`, resolve));
    });
    const { state } = await finished(slow, { task });
    expect(asked).toEqual([0, 1, 2, 3, 4, 5]);
    expect(bits(state)).toEqual(bits((await finished(runtime)).state));
  });

  it("may take any time to arrive", async () => {
    const delay = (index: number) => new Promise((resolve) => setTimeout(resolve, (7 * index) % 20));
    const task: Task = { ...toy, feeds: (index, batch) => delay(index).then(() => toy.feeds(index, batch)) };
    const runtime = await engine();
    const options = { accumulate: 2 };
    expect(bits((await finished(runtime, { ...options, task })).state)).toEqual(
      bits((await finished(runtime, options)).state),
    );
  });

  it.each(ways)("that cannot be had stop the training where it is, %s", async (_, options) => {
    const runtime = await engine();
    const { accumulate = 1, ema } = options;
    const failing = 2 * accumulate; // the first of the third step
    const task: Task = {
      ...toy,
      feeds: (index, batch) =>
        index === failing ? Promise.reject(new RangeError("no disk")) : toy.feeds(index, batch),
    };
    await using trainer = await startToy(runtime, { ...options, task });
    const train = async () => {
      for await (const _ of trainer);
    };
    await expect(train()).rejects.toThrow(RangeError);
    const resume = await trainer.snapshot();
    expect(resume.step).toBe(2);
    const rest = await finished(runtime, { ...options, resume });
    expect(bits(rest.state)).toEqual(bits((await finished(runtime, options)).state));
    expect(ema === false || `ema/conv.bias` in rest.state.tensors).toBe(true);
  });
});

describe("a snapshot", () => {
  it.each(ways)("that is asked for during a step is of the step's end, %s", async (_, options) => {
    await using trainer = await startToy(await engine(), options);
    const steps = trainer[Symbol.asyncIterator]();
    await steps.next();
    const [report, snapshot] = await Promise.all([steps.next(), trainer.snapshot()]);
    expect(report.value).toMatchObject({ step: 2 });
    expect(snapshot.step).toBe(2);
    expect(bits(snapshot)).toEqual(bits(await trainer.snapshot()));
  });

  it("has no average when none is kept", async () => {
    await using trainer = await startToy(await engine(), { ema: false });
    expect(Object.keys((await trainer.snapshot()).tensors)).toHaveLength(3 * TOY_WEIGHTS.length);
    await expect(trainer.weights("ema")).rejects.toThrow(UsageError);
  });
});
