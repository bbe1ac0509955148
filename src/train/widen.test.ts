import { describe, expect, it } from "vitest";
import { numbers, relativeError } from "../../test/graph/arrays.ts";
import { engine, evaluate } from "../../test/graph/engine.ts";
import { CheckpointError } from "../errors.ts";
import { input } from "../graph/tensor.ts";
import { unet } from "../models/unet.ts";
import { unetConfig } from "../models/unet-config.ts";
import { type NdArray, ndarray } from "../ndarray.ts";
import { Params } from "../nn/params.ts";
import { torchCpuRandom } from "../random.ts";
import { initialValues } from "./initialize.ts";
import { denoisingLoss } from "./objectives/denoising.ts";
import { trainableStore } from "./trainable-store.ts";
import { Trainer } from "./trainer.ts";
import { widen, widenKernel } from "./widen.ts";

const json = {
  block_out_channels: [16, 32],
  down_block_types: ["CrossAttnDownBlock2D", "DownBlock2D"],
  up_block_types: ["UpBlock2D", "CrossAttnUpBlock2D"],
  layers_per_block: 1,
  attention_head_dim: 4,
  cross_attention_dim: 12,
  norm_num_groups: 4,
};

type Weights = ReadonlyMap<string, NdArray<Float32Array>>;

/** A tiny UNet whose weights are inputs called by their paths. */
function network(inChannels: number) {
  const store = trainableStore();
  const prediction = unet(new Params(store), unetConfig({ ...json, in_channels: inChannels }), {
    sample: input("sample", [2, inChannels, 6, 10]),
    timestep: input("timestep", [2]),
    text: input("text", [2, 5, 12]),
  });
  const shapes = new Map([...store.parameters].map(([path, { shape }]) => [path, shape]));
  const run = async (weights: Weights, sample: NdArray) => {
    const fed = [...weights].map(([path, value]) => [`weight/${path}`, value] as const);
    const timestep = ndarray(Float32Array.of(3, 750), [2]);
    const feeds = { sample, timestep, text: numbers([2, 5, 12], { seed: 9 }) };
    return (await evaluate({ prediction }, { ...Object.fromEntries(fed), ...feeds })).prediction;
  };
  return { shapes, run };
}

/** The channels of b after those of a, by example. */
function joined(a: NdArray<Float32Array>, b: NdArray<Float32Array>): NdArray<Float32Array> {
  const [batch, channels, height, width] = a.shape;
  const size = channels * height * width;
  const data = new Float32Array(2 * a.data.length);
  for (let i = 0; i < batch; i++) {
    data.set(a.data.subarray(i * size, (i + 1) * size), 2 * i * size);
    data.set(b.data.subarray(i * size, (i + 1) * size), (2 * i + 1) * size);
  }
  return ndarray(data, [batch, 2 * channels, height, width]);
}

const narrow = network(4);
const random = torchCpuRandom(1);
const weights: Weights = new Map(
  [...narrow.shapes].map(([path, shape]) => [path, ndarray(initialValues(path, narrow.shapes, random), shape)]),
);
const noisy = numbers([2, 4, 6, 10], { seed: 2 });

describe("a widened UNet", () => {
  it.each([
    ["zeros", 0],
    ["latents", 1],
    ["latents a thousand times as large", 1000],
  ])("predicts what it did before, whatever the picture's latents: %s", async (_, scale) => {
    const wide = network(8);
    const before = await narrow.run(weights, noisy);
    const after = await wide.run(widen(weights), joined(noisy, numbers([2, 4, 6, 10], { seed: 3, scale })));
    expect(relativeError(after, before)).toBeLessThan(1e-6);
  });

  it("differs in its first kernel alone, and there in zeros", () => {
    const after = widen(weights);
    expect([...after.keys()]).toEqual([...weights.keys()]);
    for (const [path, value] of weights) if (path !== "conv_in.weight") expect(after.get(path)).toBe(value);
    const { shape, data } = after.get("conv_in.weight")!;
    expect(shape).toEqual([16, 8, 3, 3]);
    const old = weights.get("conv_in.weight")!;
    const expected = Array.from({ length: 16 }, (_, i) => [
      ...old.data.slice(i * 36, (i + 1) * 36),
      ...Array(36).fill(0),
    ]);
    expect([...data]).toEqual(expected.flat());
  });

  it("is left alone when it is as wide already", () => {
    const wide = widen(weights);
    expect(widen(wide).get("conv_in.weight")).toBe(wide.get("conv_in.weight"));
    expect(widenKernel(ndarray(new Float32Array(18), [1, 2, 3, 3]), 2).shape).toEqual([1, 2, 3, 3]);
  });

  it("learns to read the picture: its new channels have a gradient from the first step", async () => {
    const wide = widen(weights);
    const config = unetConfig({ ...json, in_channels: 8 });
    await using trainer = await Trainer.start({
      runtime: await engine(),
      task: {
        loss: () => denoisingLoss(config, { batch: 2, height: 6, width: 10 }, () => input("text", [2, 5, 12])),
        feeds: () => ({
          sample: joined(noisy, numbers([2, 4, 6, 10], { seed: 3 })),
          target: numbers([2, 4, 6, 10], { seed: 4 }),
          timestep: ndarray(Float32Array.of(3, 750), [2]),
          weight: ndarray(Float32Array.of(1, 1), [2]),
          text: numbers([2, 5, 12], { seed: 9 }),
        }),
        initial: (path) => wide.get(path.slice("unet.".length))?.data ?? new Float32Array(),
      },
      ...{ batch: 2, steps: 1, learningRate: 1e-3 },
    });
    for await (const { loss } of trainer) expect(loss).toBeGreaterThan(0);
    const kernel = (await trainer.weights()).get("unet.conv_in.weight")!;
    const fresh = kernel.data.filter((_, i) => i % 72 >= 36);
    expect(fresh.every((value) => Math.abs(value) > 5e-4 && Math.abs(value) < 1.01e-3)).toBe(true);
  });
});

describe("what cannot be widened", () => {
  it("is a UNet without a first convolution", () => {
    expect(() => widen(new Map())).toThrow(CheckpointError);
    expect(() => widen(new Map())).toThrow('expected a tensor "conv_in.weight"');
  });

  it("is one with more channels, as for inpainting", () => {
    const kernel = ndarray(new Float32Array(2 * 9 * 9), [2, 9, 3, 3]);
    expect(() => widenKernel(kernel)).toThrow(CheckpointError);
    expect(() => widenKernel(kernel)).toThrow("at most 8 input channels, got [2, 9, 3, 3]");
  });
});
