/** The graph as text, one line an operation: `%7 = Conv(%6, conv_in.weight, conv_in.bias) {pads=[1, 1, 1, 1]} : float32[2, 320, 64, 48]`. */

import { type Graph, inputsOf, nodesOf } from "./graph.ts";
import type { Attribute } from "./node.ts";
import type { Tensor } from "./tensor.ts";

const SHORT_CONSTANT = 8;

/** Prints inputs, operations in order of execution, and outputs. */
export function printGraph(graph: Graph): string {
  const names = new Map<Tensor, string>();
  const lines: string[] = [];
  for (const [name, value] of inputsOf(graph)) lines.push(`input ${name} : ${value}`);
  for (const node of nodesOf(Object.values(graph.outputs))) {
    for (const output of node.outputs) names.set(output, `%${names.size}`);
    const left = node.outputs.map((output) => names.get(output)).join(", ");
    const inputs = node.inputs.map((value) => (value ? nameOf(value, names) : "–")).join(", ");
    const attributes = Object.entries(node.attributes).map(([key, value]) => `${key}=${showAttribute(value)}`);
    const braces = attributes.length > 0 ? ` {${attributes.join(", ")}}` : "";
    lines.push(`${left} = ${node.op}(${inputs})${braces} : ${node.outputs.join(", ")}`);
  }
  for (const [name, value] of Object.entries(graph.outputs)) {
    lines.push(`output ${name} = ${nameOf(value, names)} : ${value}`);
  }
  return lines.join("\n");
}

function nameOf(value: Tensor, names: ReadonlyMap<Tensor, string>): string {
  const { source } = value;
  if ("op" in source) return names.get(value) ?? "%?";
  if (source.kind !== "constant") return source.name;
  const length = Math.min(source.data.length, SHORT_CONSTANT);
  const few = Array.from({ length }, (_, i) => showElement(source.data[i]));
  const more = source.data.length > SHORT_CONSTANT ? `, … ${source.data.length}` : "";
  return value.rank === 0 ? few[0] : `[${few.join(", ")}${more}]`;
}

/** Numbers to the seven digits that float32 has. */
function showElement(value: number | bigint): string {
  return typeof value === "number" ? String(Number(value.toPrecision(7))) : String(value);
}

function showAttribute(value: Attribute): string {
  return typeof value === "object" ? `[${value.join(", ")}]` : String(value);
}
