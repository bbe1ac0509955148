/** What depends on weights alone is found, named alike in every graph, and replaced. */

import { expect, it } from "vitest";
import { nodesOf } from "../../src/graph/graph.ts";
import { input, type Tensor, weight } from "../../src/graph/tensor.ts";
import { replaceWeightExpressions, weightExpressions } from "../../src/graph/weight-expressions.ts";

const storage = { file: "/weights", offset: 8, length: 16 };
const a = () => weight("a", "float32", [2, 2], storage);
const doubled = (value: Tensor) => value.mul(2).add(1);

it("finds the largest values that depend on weights alone, once each", () => {
  const x = input("x", [3, 2]);
  const graph = { outputs: { y: x.matmul(doubled(a())).add(x.matmul(doubled(a()))), z: doubled(a()).exp() } };
  const found = weightExpressions(graph);
  expect(found.map(({ value }) => value.node?.op).sort()).toEqual(["Add", "Exp"]);
});

it("takes neither weights themselves nor values of constants and inputs", () => {
  const x = input("x", [3, 2]);
  expect(weightExpressions({ outputs: { y: x.add(1).matmul(a()), c: a() } })).toEqual([]);
});

it("gives equal expressions equal keys in graphs of other sizes, and others other keys", () => {
  const key = (rows: number, value: Tensor) =>
    weightExpressions({ outputs: { y: input("x", [rows, 2]).matmul(value) } })[0].key;
  expect(key(3, doubled(a()))).toBe(key(5, doubled(a())));
  const others = [
    a().mul(3).add(1),
    doubled(weight("b", "float32", [2, 2], storage)),
    doubled(weight("a", "float32", [2, 2], { ...storage, offset: 24 })),
    a().transpose([1, 0]).mul(2).add(1),
  ];
  const keys = others.map((value) => key(3, value));
  expect(new Set([...keys, key(3, doubled(a()))]).size).toBe(5);
});

it("replaces what is stored and keeps the rest", () => {
  const x = input("x", [3, 2]);
  const graph = { outputs: { y: x.matmul(doubled(a())).add(a().exp().sum([0])) } };
  const [{ key }] = weightExpressions(graph).filter(({ value }) => value.node?.op === "Add");
  const stored = weight("stored", "float32", [2, 2], { file: "/prepared", offset: 0, length: 16 });
  const replaced = replaceWeightExpressions(graph, (wanted) => (wanted === key ? stored : undefined));
  const ops = nodesOf(Object.values(replaced.outputs)).map(({ op }) => op);
  expect(ops).toEqual(["MatMul", "Exp", "ReduceSum", "Add"]);
});
