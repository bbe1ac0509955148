/** A graph is its named outputs; everything else is reached from them. */

import { UsageError } from "../errors.ts";
import type { Node } from "./node.ts";
import type { Tensor } from "./tensor.ts";

export interface Graph {
  readonly outputs: Readonly<Record<string, Tensor>>;
}

/** All nodes the values depend on, each after what it needs. Iterative: graphs are deeper than the call stack. */
export function nodesOf(values: Iterable<Tensor>): readonly Node<Tensor>[] {
  const order: Node<Tensor>[] = [];
  const seen = new Set<Node<Tensor>>();
  const stack: { node: Node<Tensor>; next: number }[] = [];
  const enter = (node: Node<Tensor> | undefined) => {
    if (node && !seen.has(node)) {
      seen.add(node);
      stack.push({ node, next: 0 });
    }
  };
  for (const value of values) {
    enter(value.node);
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      if (top.next < top.node.inputs.length) enter(top.node.inputs[top.next++]?.node);
      else {
        order.push(top.node);
        stack.pop();
      }
    }
  }
  return order;
}

/** The graph's inputs, weights and constants, each once, in the order of first use. */
export function leavesOf(graph: Graph): readonly Tensor[] {
  const leaves = new Set<Tensor>();
  const values = Object.values(graph.outputs);
  for (const node of nodesOf(values)) {
    for (const value of node.inputs) if (value && !value.node) leaves.add(value);
  }
  for (const value of values) if (!value.node) leaves.add(value);
  return [...leaves];
}

/** The graph's inputs by name. @throws UsageError when two different inputs have one name. */
export function inputsOf(graph: Graph): ReadonlyMap<string, Tensor> {
  const inputs = new Map<string, Tensor>();
  for (const leaf of leavesOf(graph)) {
    if (!("kind" in leaf.source) || leaf.source.kind !== "input") continue;
    const { name } = leaf.source;
    if (inputs.has(name)) throw new UsageError(`two graph inputs are named "${name}"; give each its own name`);
    inputs.set(name, leaf);
  }
  return inputs;
}
