/** What a graph computes from weights alone: the same at every run, so worth computing once and keeping. */

import { type Graph, nodesOf } from "./graph.ts";
import { rewriteGraph } from "./rewrite.ts";
import type { Tensor } from "./tensor.ts";

/** A value that depends on weights and constants only, and is used by something that depends on inputs. */
export interface WeightExpression {
  /** Equal for equal expressions of the same weights, in any graph. */
  readonly key: string;
  readonly value: Tensor;
}

/** All of a graph's weight expressions, each once. Weights themselves are none. */
export function weightExpressions(graph: Graph): readonly WeightExpression[] {
  const { keys, roots } = analyse(graph);
  const expressions = new Map<string, Tensor>();
  for (const value of roots) expressions.set(keys.get(value) ?? "", value);
  return [...expressions].map(([key, value]) => ({ key, value }));
}

/** The graph with weight expressions replaced by what `stored` has for their keys. */
export function replaceWeightExpressions(graph: Graph, stored: (key: string) => Tensor | undefined): Graph {
  const { keys, roots } = analyse(graph);
  return rewriteGraph(graph, (node) => {
    const [value] = node.outputs;
    return roots.has(value) ? stored(keys.get(value) ?? "") : undefined;
  });
}

/** Keys of all values that depend on no input, and those of them where the dependence on weights ends. */
function analyse(graph: Graph): { keys: ReadonlyMap<Tensor, string>; roots: ReadonlySet<Tensor> } {
  const keys = new Map<Tensor, string>();
  const weighted = new Set<Tensor>();
  const roots = new Set<Tensor>();
  const keyOf = (value: Tensor): string | undefined => {
    const { source } = value;
    if ("op" in source) return keys.get(value);
    if (source.kind === "input") return undefined;
    return source.kind === "weight"
      ? `${source.name}@${source.storage.offset}:${value}`
      : `${value}(${source.data.join()})`;
  };
  const isWeighted = (value: Tensor) =>
    weighted.has(value) || ("kind" in value.source && value.source.kind === "weight");
  for (const node of nodesOf(Object.values(graph.outputs))) {
    const inputs = node.inputs.map((value) => (value ? keyOf(value) : ""));
    if (inputs.every((key) => key !== undefined)) {
      for (const [i, output] of node.outputs.entries()) {
        keys.set(output, `${node.op}.${i}(${inputs.join()})${JSON.stringify(node.attributes)}`);
        if (node.inputs.some((value) => value && isWeighted(value))) weighted.add(output);
      }
    } else {
      for (const value of node.inputs) if (value && weighted.has(value)) roots.add(value);
    }
  }
  for (const value of Object.values(graph.outputs)) if (weighted.has(value)) roots.add(value);
  return { keys, roots };
}
