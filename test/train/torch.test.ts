/** Losses, gradients and steps of the trainer against PyTorch, diffusers and transformers. */

import { describe, expect, it } from "vitest";

import { grad } from "../../src/graph/grad.ts";
import { simplify } from "../../src/graph/simplify.ts";
import type { NdArray } from "../../src/ndarray.ts";
import { Params } from "../../src/nn/params.ts";
import { trainableStore } from "../../src/train/trainable-store.ts";
import { Trainer, type TrainerOptions } from "../../src/train/trainer.ts";
import { engine, evaluate } from "../graph/engine.ts";
import type { Run } from "./goldens.ts";
import { autoencoder, clip, editUNet, type TrainedNetwork } from "./networks.ts";

/** Relative to the norm of each tensor. What is seen is below 1e-5; float32 sums in another order explain that. */
const GRADIENT = 2e-5;
/**
 * Of the way that a tensor went from where it began, relative to its length. The weights of normalisations went 2e-3 from
 * 1, where float32 numbers are 1e-7 apart.
 */
const WAY = 3e-4;
/** Of a loss, and of the norm of all gradients together. */
const TOTAL = 5e-5;

const unet = editUNet();
const networks = { "the edit UNet": unet, "the autoencoder": autoencoder(), "both towers of CLIP": clip() };

type Tensors = ReadonlyMap<string, NdArray<Float32Array>>;
type Network = TrainedNetwork<{ plain: Run }>;

/** The loss of the first micro-batch and its gradients, by parameter. */
async function differentiated({ task, batch, prefix, first }: Network) {
  const store = trainableStore();
  const { loss } = task.loss(batch)(new Params(store));
  const parameters = [...store.parameters];
  const weights = [...first].map(([path, value]) => [`weight/${path}`, value] as const);
  const slopes = grad(
    loss,
    parameters.map(([, weight]) => weight),
  );
  const named = parameters.map(([path], i) => [path.slice(prefix.length), slopes[i]] as const);
  const { outputs } = simplify({ outputs: { loss, ...Object.fromEntries(named) } });
  const results = await evaluate(outputs, { ...(await task.feeds(0, batch)), ...Object.fromEntries(weights) });
  return { loss: results.loss.data[0], gradients: new Map(named.map(([name]) => [name, results[name]])) };
}

/** Everything that the goldens know of a training. */
async function trained(network: Network, run: Run, options: Partial<TrainerOptions>) {
  const { learningRate, eps, weightDecay, maxGradNorm } = network.golden.facts.options;
  await using trainer = await Trainer.start({
    ...{ runtime: await engine(), task: network.task, batch: network.batch, steps: run.losses.length },
    ...{ learningRate, maxGradNorm, adamw: { eps, weightDecay } },
    ...options,
  });
  for await (const { step, loss, gradNorm } of trainer) {
    expect(Math.abs(loss / run.losses[step - 1] - 1), `loss of step ${step}`).toBeLessThan(TOTAL);
    expect(Math.abs(gradNorm / run.norms[step - 1] - 1), `norm of step ${step}`).toBeLessThan(TOTAL);
  }
  const { tensors: after } = await trainer.snapshot();
  const slot = (name: string, change: (value: number, path: string, i: number) => number): Tensors => {
    const paths = [...trainer.shapes.keys()];
    const of = (path: string) => {
      const { shape, data } = after[`${name}/${path}`];
      return { shape, data: Float32Array.from(data, (value, i) => change(value, path, i)) };
    };
    return new Map(paths.map((path) => [path.slice(network.prefix.length), of(path)]));
  };
  const way = (value: number, path: string, i: number) => value - (network.first.get(path)?.data[i] ?? Number.NaN);
  // The state holds the moments without their factors 1 − β.
  return {
    weight: () => slot("weight", way),
    ema: () => slot("ema", way),
    moment1: () => slot("moment1", (value) => value * (1 - 0.9)),
    moment2: () => slot("moment2", (value) => value * (1 - 0.999)),
  };
}

async function expectGolden({ golden }: Network, record: string, tensors: Tensors, tolerance: number): Promise<void> {
  const arbitrary = await golden.withoutSlope();
  for (const [name, error] of await golden.errors(record, tensors)) {
    if (!arbitrary.has(name)) expect(error, `${record} of ${name}`).toBeLessThan(tolerance);
  }
}

it("positions count as much as their importance says", async () => {
  const [all, left, right, twice] = [
    [1, 1],
    [1, 0],
    [0, 1],
    [2, 2],
  ] as const;
  const loss = async (halves: readonly [number, number]) => (await differentiated(editUNet(halves))).loss;
  const total = unet.golden.facts.plain.losses[0];
  const close = (value: number, wanted: number) => expect(Math.abs(value / wanted - 1)).toBeLessThan(TOTAL);
  close(await loss(all), total);
  close(await loss(twice), 2 * total);
  const halves = [await loss(left), await loss(right)];
  close(halves[0] + halves[1], total);
  for (const half of halves) expect(half).toBeGreaterThan(0.2 * total);
});

describe.each(Object.entries(networks))("%s", (_, network) => {
  it("has PyTorch's loss and gradients", async () => {
    const { golden } = network;
    const { loss, gradients } = await differentiated(network);
    expect(Math.abs(loss / golden.facts.plain.losses[0] - 1)).toBeLessThan(TOTAL);
    const arbitrary = await golden.withoutSlope();
    const total = Math.hypot(...golden.facts.plain.norms);
    for (const [name, error] of await golden.errors("gradient", gradients)) {
      if (!arbitrary.has(name)) expect(error, name).toBeLessThan(GRADIENT);
      else expect(Math.hypot(...(gradients.get(name)?.data ?? [])), name).toBeLessThan(1e-6 * total);
    }
  });
});

describe("steps of AdamW with clipping", () => {
  it("of the edit UNet, in one graph, averaged as in the original", async () => {
    const after = await trained(unet, unet.golden.facts.plain, { ema: { ramp: "reference" } });
    await expectGolden(unet, "plain.weight", after.weight(), WAY);
    await expectGolden(unet, "plain.moment1", after.moment1(), 1e-4);
    await expectGolden(unet, "plain.moment2", after.moment2(), 1e-4);
    await expectGolden(unet, "plain.ema.reference", after.ema(), WAY);
  });

  it("of the edit UNet, in groups, averaged as in diffusers", async () => {
    const after = await trained(unet, unet.golden.facts.plain, { ema: { ramp: "diffusers" }, updateBytes: 2e5 });
    await expectGolden(unet, "plain.weight", after.weight(), WAY);
    await expectGolden(unet, "plain.ema.diffusers", after.ema(), WAY);
  });

  it.each(["step", "micro-batch"] as const)("of the edit UNet, in two micro-batches, averaged per %s", async (per) => {
    const after = await trained(unet, unet.golden.facts.accumulated, { accumulate: 2, ema: { per } });
    await expectGolden(unet, "accumulated.weight", after.weight(), WAY);
    await expectGolden(unet, `accumulated.ema.${per}`, after.ema(), WAY);
  });

  it.each([networks["the autoencoder"], networks["both towers of CLIP"]])("of other networks", async (network) => {
    const after = await trained(network, network.golden.facts.plain, { ema: false });
    await expectGolden(network, "plain.weight", after.weight(), WAY);
  });
});
