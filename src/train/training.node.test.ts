/** Recorded trainings: what is written when, stopping and going on, and that nothing half-written is ever seen. */

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { input } from "../graph/tensor.ts";
import { ndarray } from "../ndarray.ts";
import { Params } from "../nn/params.ts";
import { torchCpuRandom } from "../random.ts";
import { createNodeRuntime } from "../runtime/ort.node.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { componentRecipe } from "./component-recipe.node.ts";
import { heldStore } from "./held-store.ts";
import type { Recipe } from "./recipe.ts";
import { openRun } from "./run/run-folder.node.ts";
import { type TrainingEvent, type TrainingOptions, trainRecorded } from "./training.node.ts";

let runtime: Runtime;
let folder: string;
beforeAll(async () => {
  runtime = await createNodeRuntime({ threads: 1 });
});
afterAll(() => runtime.dispose());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ip2p-training-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A linear map, learnt from random examples. Its sample is a picture of the weights. */
function lineRecipe({ base, width = 3 }: { base?: string; width?: number } = {}): Promise<Recipe> {
  const truth = [0.5, -1, 2];
  return componentRecipe({
    base,
    task: {
      loss: (batch) => (p) => {
        const x = input("x", [batch, width]);
        const error = x.matmul(p.at("line").get("weight", [1, width]), { transB: true }).sub(input("y", [batch, 1]));
        return { loss: error.mul(error).mean(), metrics: { worst: error.abs().max() } };
      },
      feeds: (index, batch) => {
        const x = torchCpuRandom(100 + index).normal(3 * batch);
        const y = Float32Array.from({ length: batch }, (_, i) =>
          truth.reduce((sum, t, j) => sum + t * x[3 * i + j], 0),
        );
        return { x: ndarray(x, [batch, 3]), y: ndarray(y, [batch, 1]) };
      },
      initial: (_path, _shapes, random) => random.normal(3),
    },
    components: [{ name: "line", config: { width: 3 } }],
    sample: async ({ slot, ...trained }) => {
      const p = new Params(heldStore({ slot, ...trained })).at("line");
      const { outputs, ...program } = await compiled(trained.engine, p.get("weight", [1, 3]).mul(10).add(100));
      const { y } = await program.run({});
      return { width: outputs[0].shape[1], height: 1, data: Uint8Array.from([...y.data].flatMap((v) => [v, v, v])) };
    },
  });
}

async function compiled(engine: Runtime, y: ReturnType<Params["get"]>) {
  const { compileGraph } = await import("../pipelines/programs.ts");
  const places = () => ({ location: (file: string) => file, content: (file: string) => file });
  const program = await compileGraph({ outputs: { y } }, { runtime: engine, places }, "sample");
  return { outputs: program.outputs, run: program.run.bind(program) };
}

const COURSE = { batch: 4, steps: 7, learningRate: 0.05, checkpointEvery: 3, sampleEvery: 2 } as const;

async function train(
  run: string,
  options: Partial<TrainingOptions> & { resume?: boolean; until?: (event: TrainingEvent) => boolean } = {},
): Promise<TrainingEvent[]> {
  const { resume, until = () => false, ...others } = options;
  await using record = await openRun(run, { options: { seed: 0 }, resume, freeOptions: ["steps"] });
  const events: TrainingEvent[] = [];
  for await (const event of trainRecorded({ recipe: await lineRecipe(), runtime, run: record, ...COURSE, ...others })) {
    events.push(event);
    if (until(event)) break;
  }
  return events;
}

const told = (events: readonly TrainingEvent[]) =>
  events.map((event) =>
    event.type === "model" ? "model" : `${event.type} ${"step" in event ? event.step : event.report.step}`,
  );

/** All files but those of clocks. */
function outcome(run: string): Map<string, string> {
  const entries = readdirSync(run, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !/events\.|timings/.test(path));
  return new Map(paths.sort().map((path) => [path.slice(run.length), readFileSync(path, "latin1")]));
}

it("writes steps, samples and snapshots when they are due, and the model at the end", async () => {
  const run = join(folder, "run");
  expect(told(await train(run))).toEqual([
    ...["step 1", "step 2", "sample 2", "step 3", "snapshot 3", "step 4", "sample 4", "step 5"],
    ...["step 6", "sample 6", "snapshot 6", "step 7", "sample 7", "snapshot 7", "model"],
  ]);
  const lines = readFileSync(join(run, "metrics.jsonl"), "utf8").trimEnd().split("\n");
  const metrics = lines.map((line) => JSON.parse(line));
  expect(metrics.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(metrics[0]).toEqual({
    ...{
      step: 1,
      loss: expect.any(Number),
      learningRate: 0.05,
      gradNorm: expect.any(Number),
      worst: expect.any(Number),
    },
  });
  expect(metrics[6].loss).toBeLessThan(metrics[0].loss);
  expect(readdirSync(join(run, "samples"))).toEqual([2, 4, 6, 7].map((step) => `step-00000${step}.png`));
  expect(readdirSync(join(run, "model/line")).sort()).toEqual(["config.json", "model.safetensors"]);
  expect(readdirSync(join(run, "checkpoints/step-000007/line"))).toEqual(["config.json", "model.safetensors"]);
});

describe.each([
  ["plainly", {}],
  ["with accumulation, without an average", { accumulate: 2, ema: false }],
  ["averaged per micro-batch", { accumulate: 2, ema: { per: "micro-batch", ramp: "diffusers" } }],
] as const)("a training %s", (_name, extra) => {
  it("goes on after it was stopped or left as if nothing had happened, byte for byte", async () => {
    const [whole, broken] = [join(folder, "whole"), join(folder, "broken")];
    await train(whole, extra);
    const stop = new AbortController();
    const stopAt2 = (event: TrainingEvent) => {
      if (event.type === "step" && event.report.step === 2) stop.abort();
      return false;
    };
    const first = await train(broken, { ...extra, signal: stop.signal, until: stopAt2 });
    expect(told(first)).toEqual(["step 1", "step 2", "sample 2", "snapshot 2"]);
    // What was recorded after the last snapshot is done again.
    await train(broken, { ...extra, resume: true, until: (event) => event.type === "sample" && event.step === 4 });
    expect(told(await train(broken, { ...extra, resume: true }))[0]).toBe("step 4");
    const [expected, found] = [outcome(whole), outcome(broken)];
    for (const path of found.keys()) if (path.includes("/step-000002/")) found.delete(path);
    expect(found).toEqual(expected);
  });
});

it("writes the model of a finished training again when it is asked to go on", async () => {
  const run = join(folder, "run");
  await train(run);
  const before = outcome(run);
  writeFileSync(join(run, "model/line/config.json"), "{}");
  writeFileSync(join(run, "model/other"), "");
  expect(told(await train(run, { resume: true }))).toEqual(["model"]);
  expect(outcome(run)).toEqual(before);
});

it("leaves no model when writing it fails, and says what a full disk means", async () => {
  const run = join(folder, "run");
  const full: Recipe = {
    ...(await lineRecipe()),
    async writeModel(target) {
      writeFileSync(join(target, "part"), "half");
      throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
    },
  };
  await expect(train(run, { recipe: full })).rejects.toThrow(/no room for the model.*then resume the run/);
  expect(existsSync(join(run, "model"))).toBe(false);
  expect(readdirSync(run).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  expect(told(await train(run, { resume: true }))).toEqual(["model"]);
});

it("ends with the reason when the loss is no number any more, and keeps what it had", async () => {
  const run = join(folder, "run");
  const options = { learningRate: 1e38, maxGradNorm: Infinity, adamw: { weightDecay: 0 }, checkpointEvery: 1 };
  await expect(train(run, options)).rejects.toThrow(/the training has diverged.*lower learning rate/);
  expect(readdirSync(join(run, "checkpoints")).length).toBeGreaterThan(0);
  expect(existsSync(join(run, "model"))).toBe(false);
});

describe("a training of components that are there", () => {
  const weights = (model: string) => readFileSync(join(model, "line/model.safetensors"));

  it("begins with their values, from a checkpoint or from the folder of the only one", async () => {
    await train(join(folder, "first"));
    const model = join(folder, "first/model");
    const still = { steps: 1, learningRate: 1e-30, adamw: { weightDecay: 0 } };
    for (const base of [model, join(model, "line")]) {
      const run = join(folder, base === model ? "second" : "third");
      await train(run, { ...still, recipe: await lineRecipe({ base }) });
      expect(weights(join(run, "model"))).toEqual(weights(model));
    }
  });

  it("says where it looked for one that is missing, and what one of another shape has", async () => {
    await expect(lineRecipe({ base: folder })).rejects.toThrow(
      /has no line to train on: expected .*line\/model\.safetensors or .*model\.safetensors$/,
    );
    await train(join(folder, "first"));
    const recipe = await lineRecipe({ base: join(folder, "first/model"), width: 4 });
    await expect(train(join(folder, "other"), { recipe })).rejects.toThrow(/weight.*\[1, 4\].*\[1, 3\]/);
  });
});
