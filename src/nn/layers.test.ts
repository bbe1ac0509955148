import { describe, expect, it } from "vitest";
import { array, integers, numbers, relativeError } from "../../test/graph/arrays.ts";
import { evaluate } from "../../test/graph/engine.ts";
import { concat, input, type Tensor } from "../graph/tensor.ts";
import type { NdArray } from "../ndarray.ts";
import { attentionLayer, feedForward, transformerBlock } from "./attention.ts";
import { activations, conv2d, embedding, groupNorm, layerNorm, linear } from "./layers.ts";
import { type ParameterStore, Params } from "./params.ts";

/** Parameters are graph inputs, with numbers of their own. */
function inputs(): { p: Params; feeds: Record<string, NdArray>; shapes: Record<string, readonly number[]> } {
  const known = new Map<string, Tensor>();
  const feeds: Record<string, NdArray> = {};
  const shapes: Record<string, readonly number[]> = {};
  const store: ParameterStore = {
    parameter(path, shape) {
      const value = known.get(path) ?? input(path, shape);
      known.set(path, value);
      shapes[path] = shape;
      feeds[path] ??= numbers(shape, { seed: known.size + 10, scale: 0.4 });
      return value;
    },
    has: (path) => known.has(path),
  };
  return { p: new Params(store), feeds, shapes };
}

const x = input("x", [2, 4, 5, 3]);
const rows = input("rows", [2, 5, 8]);

describe("layers ask for parameters as PyTorch names and shapes them", () => {
  it.each<[string, (p: Params) => Tensor, readonly number[], Readonly<Record<string, readonly number[]>>]>([
    ["a convolution", (p) => conv2d(p, x, 6), [2, 6, 5, 3], { weight: [6, 4, 3, 3], bias: [6] }],
    ["one of kernel 1", (p) => conv2d(p, x, 6, { kernel: 1 }), [2, 6, 5, 3], { weight: [6, 4, 1, 1], bias: [6] }],
    ["one of kernel 5", (p) => conv2d(p, x, 6, { kernel: 5 }), [2, 6, 5, 3], { weight: [6, 4, 5, 5], bias: [6] }],
    [
      "one with stride and no bias",
      (p) => conv2d(p, x, 6, { stride: 2, padding: [0, 0, 1, 1], bias: false }),
      [2, 6, 2, 1],
      { weight: [6, 4, 3, 3] },
    ],
    ["a linear layer on rows", (p) => linear(p, rows, 6), [2, 5, 6], { weight: [6, 8], bias: [6] }],
    ["one without bias", (p) => linear(p, rows.reshape([10, 8]), 6, { bias: false }), [10, 6], { weight: [6, 8] }],
    ["a group normalisation", (p) => groupNorm(p, x, { groups: 2 }), [2, 4, 5, 3], { weight: [4], bias: [4] }],
    ["a layer normalisation", (p) => layerNorm(p, rows), [2, 5, 8], { weight: [8], bias: [8] }],
    ["an embedding", (p) => embedding(p, input("ids", [2, 3], "int32"), 9, 4), [2, 3, 4], { weight: [9, 4] }],
    [
      "self-attention",
      (p) => attentionLayer(p, rows, { heads: 2 }),
      [2, 5, 8],
      {
        "to_q.weight": [8, 8],
        "to_k.weight": [8, 8],
        "to_v.weight": [8, 8],
        "to_out.0.weight": [8, 8],
        "to_out.0.bias": [8],
      },
    ],
    [
      "cross-attention with biases",
      (p) => attentionLayer(p, rows, { heads: 2, context: input("context", [2, 7, 12]), bias: true }),
      [2, 5, 8],
      {
        ...{ "to_q.weight": [8, 8], "to_q.bias": [8], "to_k.weight": [8, 12], "to_k.bias": [8] },
        ...{ "to_v.weight": [8, 12], "to_v.bias": [8], "to_out.0.weight": [8, 8], "to_out.0.bias": [8] },
      },
    ],
    [
      "a feed-forward",
      (p) => feedForward(p, rows),
      [2, 5, 8],
      { "net.0.proj.weight": [64, 8], "net.0.proj.bias": [64], "net.2.weight": [8, 32], "net.2.bias": [8] },
    ],
  ])("%s", (_, build, shape, expected) => {
    const { p, shapes } = inputs();
    expect(build(p).shape).toEqual(shape);
    expect(shapes).toEqual(expected);
  });
});

describe("group normalisation", () => {
  it("makes every group's mean 0 and variance 1, before the scale and shift of each channel", async () => {
    const { p, feeds } = inputs();
    const { y } = await evaluate(
      { y: groupNorm(p, x, { groups: 2, eps: 0 }) },
      { ...feeds, x: numbers(x.shape, { shift: 3 }) },
    );
    const [weight, bias] = [feeds.weight.data, feeds.bias.data];
    const standard = Array.from(
      y.data,
      (value, i) => (value - bias[Math.floor(i / 15) % 4]) / weight[Math.floor(i / 15) % 4],
    );
    for (let group = 0; group < 4; group++) {
      const values = standard.slice(group * 30, (group + 1) * 30);
      const mean = values.reduce((sum, value) => sum + value, 0) / 30;
      expect(mean).toBeCloseTo(0, 4);
      expect(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 30).toBeCloseTo(1, 4);
    }
  });
});

describe("the feed-forward", () => {
  /** The same, as the formula says: (value · GELU(gate)) W. */
  function formula(p: Params, h: Tensor): Tensor {
    const [value, gate] = linear(p.at("net", 0, "proj"), h, 64).split(-1, [32, 32]);
    return linear(p.at("net", 2), value.mul(gate.gelu()), 8);
  }

  it.each([1, 511, 512, 513, 1100])("is its formula for %i rows, however they are cut into blocks", async (count) => {
    const { p, feeds } = inputs();
    const h = input("h", [1, count, 8]);
    const got = await evaluate({ a: feedForward(p, h), b: formula(p, h) }, { ...feeds, h: numbers(h.shape) });
    expect(relativeError(got.a, got.b)).toBeLessThan(2e-6);
  });
});

describe("a transformer block", () => {
  it("is attention to itself, to the text, and a feed-forward, each added to its normalised input", async () => {
    const { p, feeds } = inputs();
    const text = input("text", [2, 3, 6]);
    let h = rows.add(attentionLayer(p.at("attn1"), layerNorm(p.at("norm1"), rows), { heads: 2 }));
    h = h.add(attentionLayer(p.at("attn2"), layerNorm(p.at("norm2"), h), { heads: 2, context: text }));
    h = h.add(feedForward(p.at("ff"), layerNorm(p.at("norm3"), h)));
    const y = transformerBlock(p, rows, { text, heads: 2 });
    const one = { text: text.slice(0, 0, 1), heads: 2 };
    const twice = (t: Tensor) => concat([t, t], 0);
    const spread = transformerBlock(p, rows.slice(0, 0, 1), { text, heads: 2, spread: twice });
    const alone = transformerBlock(p, rows.slice(0, 0, 1), one);
    const got = await evaluate(
      { y, h, spread: spread.slice(0, 0, 1), alone },
      { ...feeds, rows: numbers(rows.shape), text: numbers(text.shape, { seed: 2 }) },
    );
    expect(relativeError(got.y, got.h)).toBeLessThan(2e-6);
    expect(relativeError(got.spread, got.alone)).toBeLessThan(2e-6);
  });
});

describe("activations", () => {
  it("are the functions that checkpoints name", async () => {
    const points = [-3, -0.5, 0, 0.25, 2];
    const t = input("t", [5]);
    const got = await evaluate(Object.fromEntries(Object.entries(activations).map(([name, f]) => [name, f(t)])), {
      t: array(points),
    });
    const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));
    const expected: Readonly<Record<string, (value: number) => number>> = {
      silu: (value) => value * sigmoid(value),
      swish: (value) => value * sigmoid(value),
      quick_gelu: (value) => value * sigmoid(1.702 * value),
      relu: (value) => Math.max(value, 0),
      // x Φ(x) at the points, from tables of the normal distribution.
      gelu: (value) =>
        new Map([
          [-3, -0.004049694],
          [-0.5, -0.1542687694],
          [0, 0],
          [0.25, 0.1496765814],
          [2, 1.9544997361],
        ]).get(value) as number,
    };
    expect(Object.keys(got).sort()).toEqual(Object.keys(expected).sort());
    for (const [name, f] of Object.entries(expected))
      expect(relativeError(got[name], array(points.map(f))), name).toBeLessThan(2e-6);
  });
});

describe("an embedding", () => {
  it("is rows of its table", async () => {
    const { p, feeds } = inputs();
    const y = embedding(p, input("ids", [2, 2], "int32"), 5, 3);
    const got = await evaluate({ y }, { ...feeds, ids: integers([4, 0, 4, 1], [2, 2]) });
    const row = (i: number) => [...feeds.weight.data.slice(3 * i, 3 * i + 3)];
    expect([...got.y.data]).toEqual([4, 0, 4, 1].flatMap(row));
  });
});
