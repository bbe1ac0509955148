/** Things to do with a runtime that take more than one run, with their results in closed form or computed by hand. */

import { type NdArray, ndarray } from "../../src/ndarray.ts";
import type { Arrays, Runtime } from "../../src/runtime/runtime.ts";
import { float32, tinyGraph } from "./tiny-onnx.ts";

export type ScenarioName = keyof typeof scenarios;

/** By name, so that another process or a page can be told which to run. */
export const scenarios = { sgd, sharedState, manyRuns };

const ROWS = 6;
const RATE = 0.05;
const MOMENTUM = 0.9;
export const SGD_STEPS = 300;
/** What the regression has to find. */
export const SGD_TARGET = [1.5, -2, 0.5];

/** `ROWS` samples of a linear function, fixed numbers without structure. */
function samples(): { x: Float32Array; y: Float32Array } {
  const x = Float32Array.from({ length: ROWS * 3 }, (_, i) => Math.sin(i * i + 1));
  const y = Float32Array.from({ length: ROWS }, (_, row) =>
    SGD_TARGET.reduce((sum, weight, i) => sum + weight * x[3 * row + i], 0),
  );
  return { x, y };
}

/**
 * Linear regression by gradient descent with momentum, written as one graph: forward, gradient and update. Weights,
 * momentum and step counter stay inside; what comes out is the loss of the last step and the state after it.
 */
async function sgd(runtime: Runtime): Promise<Arrays> {
  const constant = (name: string, value: number) =>
    ({ name, dtype: "float32", shape: [], data: Float32Array.of(value) }) as const;
  const graph = tinyGraph({
    inputs: [
      float32("x", ROWS, 3),
      float32("y", ROWS, 1),
      float32("w", 3, 1),
      float32("v", 3, 1),
      { name: "step", dtype: "int32", shape: [1] },
    ],
    outputs: [
      float32("loss"),
      float32("w_next", 3, 1),
      float32("v_next", 3, 1),
      { name: "step_next", dtype: "int32", shape: [1] },
    ],
    initializers: [
      constant("scale", 2 / ROWS),
      constant("momentum", MOMENTUM),
      constant("rate", RATE),
      { name: "one", dtype: "int32", shape: [1], data: Int32Array.of(1) },
    ],
    nodes: [
      { op: "MatMul", inputs: ["x", "w"], outputs: ["prediction"] },
      { op: "Sub", inputs: ["prediction", "y"], outputs: ["error"] },
      { op: "Mul", inputs: ["error", "error"], outputs: ["squares"] },
      { op: "ReduceMean", inputs: ["squares"], outputs: ["loss"], attributes: { keepdims: 0 } },
      { op: "Transpose", inputs: ["x"], outputs: ["xt"], attributes: { perm: [1, 0] } },
      { op: "MatMul", inputs: ["xt", "error"], outputs: ["product"] },
      { op: "Mul", inputs: ["product", "scale"], outputs: ["gradient"] },
      { op: "Mul", inputs: ["v", "momentum"], outputs: ["carried"] },
      { op: "Add", inputs: ["carried", "gradient"], outputs: ["v_next"] },
      { op: "Mul", inputs: ["v_next", "rate"], outputs: ["update"] },
      { op: "Sub", inputs: ["w", "update"], outputs: ["w_next"] },
      { op: "Add", inputs: ["step", "one"], outputs: ["step_next"] },
    ],
  });
  const step = await runtime.compile(graph, { keep: { w_next: "w", v_next: "v", step_next: "step" } });
  const state = await runtime.hold({
    w: ndarray(new Float32Array(3), [3, 1]),
    v: ndarray(new Float32Array(3), [3, 1]),
    step: ndarray(new Int32Array(1), [1]),
  });
  const { x, y } = samples();
  const feeds = { x: ndarray(x, [ROWS, 3]), y: ndarray(y, [ROWS, 1]) };
  let results: Record<string, NdArray> = {};
  for (let i = 0; i < SGD_STEPS; i++) results = await step.run(feeds, { state });
  const end = await state.read();
  await state.dispose();
  await step.dispose();
  return { ...results, ...end };
}

/** The same descent in double precision. */
export function sgdByHand(): { loss: number; w: number[]; v: number[] } {
  const { x, y } = samples();
  const w = [0, 0, 0];
  const v = [0, 0, 0];
  let loss = 0;
  for (let i = 0; i < SGD_STEPS; i++) {
    const errors = Array.from(y, (target, row) => w.reduce((sum, weight, j) => sum + weight * x[3 * row + j], -target));
    loss = errors.reduce((sum, error) => sum + (error * error) / ROWS, 0);
    for (let j = 0; j < 3; j++) {
      const gradient = errors.reduce((sum, error, row) => sum + (2 / ROWS) * error * x[3 * row + j], 0);
      v[j] = MOMENTUM * v[j] + gradient;
    }
    for (let j = 0; j < 3; j++) w[j] -= RATE * v[j];
  }
  return { loss, w, v };
}

/**
 * One state, two programs: one doubles `a` and adds `b` as a new tensor that is `a` untouched, the other reads both.
 * `a` starts as [1, 2], is overwritten with [3, 4] from outside, then doubled twice: a = [12, 16], b = [6, 8].
 */
async function sharedState(runtime: Runtime): Promise<Arrays> {
  const [a, b] = [float32("a", 2), float32("b", 2)];
  const double = await runtime.compile(
    tinyGraph({
      inputs: [a],
      outputs: [float32("doubled", 2), float32("same", 2)],
      nodes: [
        { op: "Add", inputs: ["a", "a"], outputs: ["doubled"] },
        { op: "Identity", inputs: ["a"], outputs: ["same"] },
      ],
    }),
    { keep: { doubled: "a", same: "b" } },
  );
  const state = await runtime.hold({ a: ndarray(Float32Array.of(1, 2), [2]) });
  await double.run({}, { state });
  await state.write({ a: ndarray(Float32Array.of(3, 4), [2]) });
  await double.run({}, { state });
  await double.run({}, { state });
  await double.dispose(); // what is in the state outlives the program that put it there
  const sum = await runtime.compile(
    tinyGraph({
      inputs: [a, b],
      outputs: [float32("sum", 2)],
      nodes: [{ op: "Add", inputs: ["a", "b"], outputs: ["sum"] }],
    }),
  );
  const results = await sum.run({}, { state });
  const partlyFed = await sum.run({ b: ndarray(Float32Array.of(100, 200), [2]) }, { state });
  return { ...results, partlyFed: partlyFed.sum, ...(await state.read(["a", "b"])) };
}

/** A megabyte of state replaced 100 times: x = 100 in the end, wherever the replaced ones went. */
async function manyRuns(runtime: Runtime): Promise<Arrays> {
  const length = 1 << 18;
  const next = await runtime.compile(
    tinyGraph({
      inputs: [float32("x", length), float32("one", 1)],
      outputs: [float32("y", length)],
      nodes: [{ op: "Add", inputs: ["x", "one"], outputs: ["y"] }],
    }),
    { keep: { y: "x" } },
  );
  const state = await runtime.hold({ x: ndarray(new Float32Array(length), [length]) });
  for (let i = 0; i < 100; i++) await next.run({ one: ndarray(Float32Array.of(1), [1]) }, { state });
  const { x } = await state.read();
  return { ends: ndarray(Float32Array.of(x.data[0], x.data[length - 1]), [2]) };
}
