/** A network of a few dozen weights, trained in no time: for what is to be known of the trainer itself. */

import { input } from "../../src/graph/tensor.ts";
import { elements, type NdArray } from "../../src/ndarray.ts";
import { conv2d, groupNorm, linear } from "../../src/nn/layers.ts";
import type { Arrays, Program, Runtime } from "../../src/runtime/runtime.ts";
import { initialValues } from "../../src/train/initialize.ts";
import type { LossBuilder } from "../../src/train/step-graph.ts";
import {
  type StepReport,
  type Task,
  Trainer,
  type TrainerOptions,
  type TrainingState,
} from "../../src/train/trainer.ts";
import { Stream } from "./goldens.ts";

/** A convolution, a normalisation and a linear layer; beside them a parameter that nothing depends on. */
function toyLoss(batch: number): LossBuilder {
  return (p) => {
    const x = input("x", [batch, 2, 3, 5]);
    const h = groupNorm(p.at("norm"), conv2d(p.at("conv"), x, 4).silu(), { groups: 2 });
    const y = linear(p.at("out"), h.reshape([batch, -1]), 3);
    const difference = y.sub(input("target", [batch, 3]));
    p.get("unused.weight", [2, 2]);
    return { loss: difference.mul(difference).mean(), metrics: { size: y.abs().mean() } };
  };
}

/** Examples are numbered through all micro-batches, whatever their size. */
function toyFeeds(index: number, batch: number): Arrays {
  const streams = Array.from({ length: batch }, (_, i) => new Stream(500 + index * batch + i));
  const rows = (shape: readonly number[], scale: number) => {
    const data = streams.flatMap((stream) => [...stream.tensor(shape, scale).data]);
    return { shape: [batch, ...shape], data: Float32Array.from(data) };
  };
  return { x: rows([2, 3, 5], 1.5), target: rows([3], 3) };
}

export const toy: Task = {
  loss: toyLoss,
  feeds: toyFeeds,
  initial: (path, shapes, random) => initialValues(path, shapes, random),
};

export const TOY_WEIGHTS = [
  "conv.weight",
  "conv.bias",
  "norm.weight",
  "norm.bias",
  "out.weight",
  "out.bias",
  "unused.weight",
];

/** Every way of making a step. */
export const ways: readonly [string, Partial<TrainerOptions>][] = [
  ["in one graph", {}],
  ["in groups", { updateBytes: 100 }],
  ["of accumulated gradients", { accumulate: 3, ema: { ramp: "diffusers" } }],
  ["averaged after each micro-batch, in groups", { accumulate: 2, ema: { per: "micro-batch" }, updateBytes: 1 }],
  ["without an average", { ema: false, schedule: "cosine", warmup: 2 }],
];

/** A training of the toy; 6 steps of two examples unless told otherwise. */
export function startToy(runtime: Runtime, options: Partial<TrainerOptions> = {}): Promise<Trainer> {
  const defaults = { runtime, task: toy, batch: 2, steps: 6, learningRate: 0.02, seed: 3 };
  return Trainer.start({ ...defaults, ...options });
}

export interface Finished {
  readonly reports: readonly StepReport[];
  readonly state: TrainingState;
}

/** Trains to the end. */
export async function finished(runtime: Runtime, options: Partial<TrainerOptions> = {}): Promise<Finished> {
  await using trainer = await startToy(runtime, options);
  const reports: StepReport[] = [];
  for await (const report of trainer) reports.push(report);
  return { reports, state: await trainer.snapshot() };
}

/** The bits of every tensor, which are equal only for equal numbers, −0 and NaN among them. */
export function bits({ step, tensors }: TrainingState): Record<string, unknown> {
  const words = ({ shape, data }: NdArray) => [shape, [...new Uint32Array(data.slice().buffer)]];
  return { step, ...Object.fromEntries(Object.entries(tensors).map(([name, value]) => [name, words(value)])) };
}

/** Largest difference between the tensors of two states, relative to the largest number of each tensor. */
export function distance(a: TrainingState, b: TrainingState): number {
  let worst = 0;
  for (const [name, { shape, data }] of Object.entries(a.tensors)) {
    const other = b.tensors[name];
    if (!other || data.length !== elements(other.shape) || `${shape}` !== `${other.shape}`) return Number.NaN;
    const largest = Array.from(data).reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);
    for (const [i, value] of data.entries()) worst = Math.max(worst, Math.abs(value - other.data[i]) / largest);
  }
  return worst;
}

/** An engine whose programs wait for something before they hand out their results. */
export function slowed(runtime: Runtime, wait: () => Promise<void>): Runtime {
  const later = (program: Program): Program => ({
    inputs: program.inputs,
    outputs: program.outputs,
    run: async (feeds, options) => {
      const [results] = await Promise.all([program.run(feeds, options), wait()]);
      return results;
    },
    dispose: () => program.dispose(),
    [Symbol.asyncDispose]: () => program.dispose(),
  });
  return {
    device: runtime.device,
    fallbacks: [],
    compile: async (graph, options) => later(await runtime.compile(graph, options)),
    hold: (tensors) => runtime.hold(tensors),
    dispose: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}
