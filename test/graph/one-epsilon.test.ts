import { expect, it } from "vitest";
import { nodesOf } from "../../src/graph/graph.ts";
import { withOneEpsilon } from "../../src/graph/one-epsilon.ts";
import { constant, input, one } from "../../src/graph/tensor.ts";
import { numbers, relativeError } from "./arrays.ts";
import { evaluate } from "./engine.ts";

it("gives every InstanceNormalization the same epsilon, and the same result", async () => {
  const [scale, bias] = [constant(Float32Array.of(1, 2, -1), [3]), constant(Float32Array.of(0, 1, 2), [3])];
  const x = input("x", [2, 3, 5, 7]);
  const normalize = (epsilon: number) => one("InstanceNormalization", [x, scale, bias], { epsilon });
  const graph = { outputs: { a: normalize(1e-6), b: normalize(1e-5), c: normalize(0.3) } };
  const same = withOneEpsilon(graph);
  const epsilons = nodesOf(Object.values(same.outputs)).flatMap(({ attributes }) => attributes.epsilon ?? []);
  expect(epsilons).toEqual([1e-5, 1e-5, 1e-5]);
  // Small values, so that epsilon matters.
  const feeds = { x: numbers([2, 3, 5, 7], { scale: 2e-3 }) };
  const wanted = await evaluate(graph.outputs, feeds);
  const got = await evaluate(same.outputs, feeds);
  for (const name of ["a", "b", "c"] as const) expect(relativeError(got[name], wanted[name])).toBeLessThan(1e-5);
  expect(relativeError(wanted.a, wanted.b)).toBeGreaterThan(0.1);
});
