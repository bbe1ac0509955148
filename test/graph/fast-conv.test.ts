/** Accelerated convolutions compute what plain ones do, and only where they gain. */

import { describe, expect, it } from "vitest";
import { accelerateConvolutions } from "../../src/graph/fast-conv.ts";
import { conv, resizeNearest } from "../../src/graph/functions.ts";
import { type Graph, nodesOf } from "../../src/graph/graph.ts";
import { simplify } from "../../src/graph/simplify.ts";
import { constant, input, type Tensor } from "../../src/graph/tensor.ts";
import { numbers, relativeError } from "./arrays.ts";
import { evaluate } from "./engine.ts";

function kernelOf(out: number, channels: number): Tensor {
  const { data, shape } = numbers([out, channels, 3, 3], { seed: 3, scale: 1 / Math.sqrt(9 * channels) });
  return constant(data, shape);
}

function plain(x: Tensor, out: number, padding: 0 | 1 = 1): Graph {
  const { data, shape } = numbers([out], { seed: 5 });
  return { outputs: { y: conv(x, kernelOf(out, x.shape[1]), constant(data, shape), { padding }) } };
}

/** Multiplications of all convolutions. */
function multiplications(graph: Graph): number {
  return nodesOf(Object.values(graph.outputs))
    .filter(({ op }) => op === "Conv")
    .reduce((sum, { inputs, outputs: [y] }) => sum + y.size * ((inputs[1]?.size ?? 0) / y.shape[1]), 0);
}

describe("Winograd's F(4, 3) along the rows", () => {
  it.each([
    [2, 64, 12, 32, 72],
    [1, 72, 30, 21, 64],
    [3, 64, 5, 40, 64],
  ])("equals the convolution of [%i, %i, %i, %i] to %i channels", async (batch, channels, height, width, out) => {
    const graph = plain(input("x", [batch, channels, height, width]), out);
    const fast = simplify(accelerateConvolutions(graph));
    const feeds = { x: numbers([batch, channels, height, width], { seed: 7 }) };
    const { y } = await evaluate(graph.outputs, feeds);
    const { y: accelerated } = await evaluate(fast.outputs, feeds);
    expect(relativeError(accelerated, y)).toBeLessThan(5e-6);
    const tiles = Math.ceil(height / 4);
    expect(multiplications(fast) / multiplications(graph)).toBeCloseTo((6 * tiles) / (3 * height), 10);
  });

  it("leaves convolutions as they are that are small, of other kernels, or not allowed", () => {
    const unchanged = (graph: Graph, allowed?: () => boolean) =>
      expect(multiplications(accelerateConvolutions(graph, allowed))).toBe(multiplications(graph));
    unchanged(plain(input("x", [1, 32, 32, 32]), 64));
    unchanged(plain(input("x", [1, 64, 32, 32]), 32));
    unchanged(plain(input("x", [1, 64, 8, 8]), 64));
    unchanged(plain(input("x", [1, 64, 3, 400]), 64));
    unchanged(plain(input("x", [1, 64, 34, 34]), 64, 0));
    unchanged(plain(input("x", [1, 64, 32, 32]), 64), () => false);
  });
});

describe("a convolution of a twofold enlargement", () => {
  it("equals the same with fewer multiplications", async () => {
    const x = input("x", [2, 64, 9, 14]);
    const graph = plain(resizeNearest(x, 18, 28), 72);
    const fast = simplify(accelerateConvolutions(graph));
    const feeds = { x: numbers(x.shape, { seed: 9 }) };
    const { y } = await evaluate(graph.outputs, feeds);
    const { y: accelerated } = await evaluate(fast.outputs, feeds);
    expect(relativeError(accelerated, y)).toBeLessThan(2e-6);
    expect(multiplications(fast) / multiplications(graph)).toBeCloseTo(16 / 36, 10);
  });

  it("is told from other enlargements", async () => {
    const x = input("x", [2, 64, 9, 14]);
    const graph = plain(resizeNearest(x, 17, 28), 64);
    const fast = simplify(accelerateConvolutions(graph));
    const feeds = { x: numbers(x.shape, { seed: 9 }) };
    const { y } = await evaluate(graph.outputs, feeds);
    const { y: accelerated } = await evaluate(fast.outputs, feeds);
    expect(relativeError(accelerated, y)).toBeLessThan(5e-6);
  });
});
