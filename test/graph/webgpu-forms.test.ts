import { expect, it } from "vitest";
import { attention } from "../../src/graph/functions.ts";
import { nodesOf } from "../../src/graph/graph.ts";
import { constant, input, one } from "../../src/graph/tensor.ts";
import { webGpuForms } from "../../src/graph/webgpu-forms.ts";
import { numbers, relativeError } from "./arrays.ts";
import { evaluate } from "./engine.ts";

it("gives every InstanceNormalization the same epsilon, and the same result", async () => {
  const [scale, bias] = [constant(Float32Array.of(1, 2, -1), [3]), constant(Float32Array.of(0, 1, 2), [3])];
  const x = input("x", [2, 3, 5, 7]);
  const normalize = (epsilon: number) => one("InstanceNormalization", [x, scale, bias], { epsilon });
  const graph = { outputs: { a: normalize(1e-6), b: normalize(1e-5), c: normalize(0.3) } };
  const same = webGpuForms(graph);
  const epsilons = nodesOf(Object.values(same.outputs)).flatMap(({ attributes }) => attributes.epsilon ?? []);
  expect(epsilons).toEqual([1e-5, 1e-5, 1e-5]);
  // Small values, so that epsilon matters.
  const feeds = { x: numbers([2, 3, 5, 7], { scale: 2e-3 }) };
  const wanted = await evaluate(graph.outputs, feeds);
  const got = await evaluate(same.outputs, feeds);
  for (const name of ["a", "b", "c"] as const) expect(relativeError(got[name], wanted[name])).toBeLessThan(1e-5);
  expect(relativeError(wanted.a, wanted.b)).toBeGreaterThan(0.1);
});

it.each([false, true])(
  "spells attention out, causal %s, to the same result, unless its scores are large",
  async (causal) => {
    const shape = (length: number) => [2, length, 12];
    const [q, k, v] = [input("q", shape(9)), input("k", shape(causal ? 9 : 7)), input("v", shape(causal ? 9 : 7))];
    const graph = { outputs: { y: attention(q, k, v, { heads: 3, causal }) } };
    const plain = webGpuForms(graph);
    expect(nodesOf(Object.values(plain.outputs)).some(({ op }) => op === "MultiHeadAttention")).toBe(false);
    const feeds = {
      q: numbers(q.shape, { seed: 2 }),
      k: numbers(k.shape, { seed: 3 }),
      v: numbers(v.shape, { seed: 4 }),
    };
    const [wanted, got] = [await evaluate(graph.outputs, feeds), await evaluate(plain.outputs, feeds)];
    expect(relativeError(got.y, wanted.y)).toBeLessThan(1e-5);

    const [many, few] = [input("many", [3, 4096, 320]), input("few", [3, 4096, 320])];
    const large = { outputs: { y: attention(many, few, few, { heads: 8 }) } };
    expect(nodesOf(Object.values(webGpuForms(large).outputs)).map(({ op }) => op)).toEqual(["MultiHeadAttention"]);
  },
);
