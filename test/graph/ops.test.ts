/** The op table: every op runs, infers the right shape, and has the gradient that finite differences say. */

import { beforeAll, describe, expect, it } from "vitest";
import { grad } from "../../src/graph/grad.ts";
import { nodesOf } from "../../src/graph/graph.ts";
import { type OpName, ops, ruleOf } from "../../src/graph/ops.ts";
import { simplify } from "../../src/graph/simplify.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { constant } from "../../src/graph/tensor.ts";
import type { NdArray } from "../../src/ndarray.ts";
import type { Arrays, Program } from "../../src/runtime/runtime.ts";
import { numbers, relativeError } from "./arrays.ts";
import { compile, pick } from "./engine.ts";
import { type BuiltCase, buildCase, hasOp } from "./op-case.ts";
import { opCases } from "./op-cases.ts";

const cases = opCases.map((each, i) => ({
  ...buildCase(each, `${i}`),
  index: i,
  name: `${each.op} ${each.what}`.trim(),
}));
type Case = (typeof cases)[number];
const differentiable = cases.filter(({ op }) => ruleOf(op).vjp);

/** Directions in which each input is moved. */
const DIRECTIONS = 3;
/** Length of the steps along a direction, whose components are at most 1. */
const STEP = 0.02;

/** All numbers of this file come from three programs, so that every case costs next to nothing. */
let values: Arrays;
let gradients: Arrays;
let simplified: Arrays;
/** Outputs at x + step · direction, by direction and by step. */
const moved = new Map<string, Arrays>();

const feeds = Object.fromEntries(
  cases.flatMap((each) => Object.entries(each.feeds).map(([name, value]) => [`${each.index}.${name}`, value])),
);

function direction(each: Case, name: string, turn: number): Float32Array {
  return numbers(each.feeds[name].shape, { seed: 100 + turn }).data;
}

/** The feeds with the `nth` variable of every case moved. */
function movedFeeds(nth: number, turn: number, step: number): Arrays {
  const changed: Record<string, NdArray> = { ...feeds };
  for (const each of cases) {
    const name = each.variables[nth];
    if (name === undefined) continue;
    const { shape, data } = each.feeds[name];
    const along = direction(each, name, turn);
    changed[`${each.index}.${name}`] = { shape, data: Float32Array.from(data, (x, i) => x + step * along[i]) };
  }
  return changed;
}

function named(list: readonly BuiltCase[], of: (each: BuiltCase) => readonly (readonly [string, Tensor])[]) {
  return Object.fromEntries(
    list.flatMap((each) => of(each).map(([name, value]) => [`${cases.indexOf(each as Case)}/${name}`, value])),
  );
}

beforeAll(async () => {
  const outputs = named(cases, (each) => each.outputs.map((y, k) => [`${k}`, y]));
  const slopes = named(differentiable, ({ loss, inputs, variables }) => {
    const dx = grad(
      loss,
      variables.map((name) => inputs[name]),
    );
    return variables.map((name, i) => [name, dx[i]]);
  });
  const [forward, backward, shorter] = await Promise.all(
    [outputs, slopes, simplify({ outputs: slopes }).outputs].map(compile),
  );
  const run = (program: Program, fed: Arrays) => program.run(pick(fed, program));
  [values, gradients, simplified] = await Promise.all([run(forward, feeds), run(backward, feeds), run(shorter, feeds)]);
  for (const nth of [0, 1, 2])
    for (let turn = 0; turn < DIRECTIONS; turn++)
      for (const times of [-2, -1, 1, 2])
        moved.set(`${nth} ${turn} ${times}`, await run(forward, movedFeeds(nth, turn, times * STEP)));
});

describe("the table", () => {
  it("has a case for every op, and each case has its op", () => {
    const covered = new Set(cases.filter(hasOp).map(({ op }) => op));
    expect(Object.keys(ops).filter((op) => !covered.has(op as OpName))).toEqual([]);
    expect(cases.filter((each) => !hasOp(each)).map(({ name }) => name)).toEqual([]);
  });

  it.each(cases)("infers the shape of $name", ({ index, outputs }) => {
    for (const [k, y] of outputs.entries()) {
      const { shape, data } = values[`${index}/${k}`];
      expect(shape).toEqual(y.shape);
      expect(data.length).toBe(y.size);
      expect(data.every(Number.isFinite)).toBe(true);
    }
  });

  const known = cases.filter(({ expected }) => expected);
  it.each(known)("$name gives what it must", ({ index, expected }) => {
    expect([...values[`${index}/0`].data]).toEqual(expected);
  });

  const folding = cases.filter(({ op, outputs }) => ruleOf(op).scalar && outputs[0].node?.op === op);
  it.each(folding)("$name is computed on constants as by the engine", ({ index, op, feeds: fed, outputs }) => {
    const constants = Object.fromEntries(
      Object.entries(fed).map(([name, { data, shape }]) => [name, constant(data, shape)]),
    );
    const { y } = simplify({ outputs: { y: opCases[index].build(constants) as Tensor } }).outputs;
    expect(y.source).toMatchObject({ kind: "constant" });
    const { data } = y.source as { data: Float32Array };
    expect(relativeError({ shape: y.shape, data }, values[`${index}/0`])).toBeLessThan(2e-7);
    expect(nodesOf(outputs).map((node) => node.op)).toContain(op);
  });
});

describe("gradients", () => {
  it.each(differentiable)("of $name follow finite differences", (each) => {
    for (const [nth, name] of each.variables.entries()) {
      const slope = gradients[`${each.index}/${name}`];
      expect(slope.shape).toEqual(each.feeds[name].shape);
      for (let turn = 0; turn < DIRECTIONS; turn++) {
        const along = direction(each, name, turn);
        const expected = differences(each, `${nth} ${turn}`);
        const terms = Array.from(slope.data, (value, i) => value * along[i]);
        const got = terms.reduce((sum, term) => sum + term, 0);
        const size = terms.reduce((sum, term) => sum + Math.abs(term), 0);
        // The products and sums of a float32 gradient, plus the roundings of the outputs divided by the step.
        const tolerance = 1e-4 * size + (2 ** (3 - (each.bits ?? 24)) * outputSize(each)) / STEP;
        expect(Math.abs(got - expected), `d${name}: ${got}, finite differences say ${expected}`).toBeLessThanOrEqual(
          tolerance,
        );
      }
    }
  });

  it.each(differentiable)("of $name are the same after simplification", ({ index, variables }) => {
    for (const name of variables) {
      const key = `${index}/${name}`;
      expect(relativeError(simplified[key], gradients[key])).toBeLessThan(1e-6);
    }
  });
});

/** Derivative of the loss along a direction: five-point central differences, in double from float32 outputs. */
function differences(each: Case, key: string): number {
  const loss = (times: number) => {
    const outputs = moved.get(`${key} ${times}`) as Arrays;
    let sum = 0;
    for (const [k, { data }] of each.weights.entries()) {
      for (const [i, y] of outputs[`${each.index}/${k}`].data.entries()) sum += data[i] * y;
    }
    return sum;
  };
  return (8 * (loss(1) - loss(-1)) - (loss(2) - loss(-2))) / (12 * STEP);
}

/** Σ |weights · outputs|: what the outputs' rounding errors are proportional to. */
function outputSize({ index, weights }: Case): number {
  let sum = 0;
  for (const [k, { data }] of weights.entries()) {
    for (const [i, y] of values[`${index}/${k}`].data.entries()) sum += Math.abs(data[i] * y);
  }
  return sum;
}
