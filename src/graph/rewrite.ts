/** Copies a graph while replacing some of its operations. */

import { type Graph, nodesOf } from "./graph.ts";
import type { Node } from "./node.ts";
import type { OpName } from "./ops.ts";
import { apply, type Tensor } from "./tensor.ts";

/** What stands in for a one-output node, given its rewritten inputs; undefined to keep the node. */
export type RewriteRule = (node: Node<Tensor>, inputs: readonly (Tensor | undefined)[]) => Tensor | undefined;

/** The graph with `rule` applied to every node, inputs first. */
export function rewriteGraph(graph: Graph, rule: RewriteRule): Graph {
  const renewed = new Map<Tensor, Tensor>();
  const renew = (value: Tensor) => renewed.get(value) ?? value;
  for (const node of nodesOf(Object.values(graph.outputs))) {
    const inputs = node.inputs.map((value) => value && renew(value));
    const replacement = rule(node, inputs);
    const same = inputs.every((value, i) => value === node.inputs[i]);
    const outputs = replacement
      ? [replacement]
      : same
        ? node.outputs
        : apply(node.op as OpName, inputs, node.attributes);
    for (const [i, output] of node.outputs.entries()) renewed.set(output, outputs[i]);
  }
  return { outputs: Object.fromEntries(Object.entries(graph.outputs).map(([name, value]) => [name, renew(value)])) };
}
