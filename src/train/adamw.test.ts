import { describe, expect, it } from "vitest";
import { array, numbers, relativeError } from "../../test/graph/arrays.ts";
import { compile, evaluate, pick } from "../../test/graph/engine.ts";
import { formulas } from "../../test/train/goldens.ts";
import { input } from "../graph/tensor.ts";
import type { NdArray } from "../ndarray.ts";
import { type AdamWOptions, adamwUpdate, averaged, scalarInputs, stepScalars } from "./adamw.ts";

interface Case {
  readonly options: Required<AdamWOptions>;
  readonly first: readonly number[];
  readonly steps: readonly {
    readonly learningRate: number;
    readonly gradient: readonly number[];
    readonly weight: readonly number[];
    readonly moment1: readonly number[];
    readonly moment2: readonly number[];
  }[];
}

const SHAPE = [2, 3];

describe("AdamW", () => {
  it.each(formulas<readonly Case[]>("adamw"))("is PyTorch's with $options", async ({ options, first, steps }) => {
    const [weight, moment1, moment2, gradient] = ["weight", "moment1", "moment2", "gradient"].map((name) =>
      input(name, SHAPE),
    );
    const next = adamwUpdate({ weight, moment1, moment2 }, gradient, scalarInputs(), options);
    expect(next.ema).toBeUndefined();
    const outputs = { weight: next.weight, moment1: next.moment1, moment2: next.moment2 };
    const renamed = Object.fromEntries(Object.entries(outputs).map(([name, value]) => [`next/${name}`, value]));
    await using program = await compile(renamed);
    const nothing = array([0, 0, 0, 0, 0, 0], SHAPE);
    let state: Record<string, NdArray> = { weight: array(first, SHAPE), moment1: nothing, moment2: nothing };
    for (const [i, step] of steps.entries()) {
      const scalars = stepScalars(i + 1, step.learningRate, 1, options);
      const feeds = { ...state, ...scalars, gradient: array(step.gradient, SHAPE) };
      const results = await program.run(pick(feeds, program));
      state = Object.fromEntries(Object.keys(outputs).map((name) => [name, results[`next/${name}`]]));
      expect(relativeError(state.weight, array(step.weight, SHAPE)), `weight ${i}`).toBeLessThan(1e-6);
      // The moments are held without their factors 1 − β.
      for (const [name, beta] of [["moment1", options.betas[0]] as const, ["moment2", options.betas[1]] as const]) {
        const scaled = { shape: SHAPE, data: state[name].data.map((value) => value * (1 - beta)) };
        expect(relativeError(scaled, array(step[name], SHAPE)), `${name} ${i}`).toBeLessThan(1e-6);
      }
    }
  });
});

describe("the moving average", () => {
  const [ema, weight] = [input("ema", SHAPE), input("weight", SHAPE)];
  const feeds = { ema: numbers(SHAPE, { seed: 1 }), weight: numbers(SHAPE, { seed: 2 }) };
  const at = async (decay: number) => {
    const scalars = stepScalars(1, 1, decay, { betas: [0, 0], eps: 1, weightDecay: 0 });
    return (await evaluate({ next: averaged(ema, weight, scalarInputs()) }, { ...feeds, ...scalars })).next;
  };

  it("is d · average + (1 − d) · weight", async () => {
    const wanted = array(
      Array.from(feeds.ema.data, (value, i) => 0.75 * value + 0.25 * feeds.weight.data[i]),
      SHAPE,
    );
    expect(relativeError(await at(0.75), wanted)).toBeLessThan(1e-6);
  });

  it("stays as it is, to the bit, where d is 1, and becomes the weight where d is 0", async () => {
    expect([...(await at(1)).data]).toEqual([...feeds.ema.data]);
    expect(relativeError(await at(0), feeds.weight)).toBeLessThan(1e-6);
  });
});
