/** What a case of the op table is: an operation on given numbers, and how its graph comes about. */

import { nodesOf } from "../../src/graph/graph.ts";
import type { OpName } from "../../src/graph/ops.ts";
import { constant, input, type Tensor } from "../../src/graph/tensor.ts";
import type { NdArray } from "../../src/ndarray.ts";
import type { Arrays } from "../../src/runtime/runtime.ts";

export interface OpCase {
  readonly op: OpName;
  /** What is special about the case; with `op` it names the test. */
  readonly what: string;
  /** Float32 inputs are differentiated, int32 inputs are not. */
  readonly feeds: Arrays;
  /** The outputs, from the inputs by their names in `feeds`. */
  readonly build: (x: Readonly<Record<string, Tensor>>) => Tensor | readonly Tensor[];
  /** What the one output must be, for operations that no gradient checks. */
  readonly expected?: readonly number[];
  /** Bits that an output keeps, when fewer than float32's 24. */
  readonly bits?: number;
}

/** A case inside a graph: symbolic inputs and outputs. */
export interface BuiltCase extends OpCase {
  /** Inputs by the name they have in `feeds`. */
  readonly inputs: Readonly<Record<string, Tensor>>;
  /** Names of the float32 inputs. */
  readonly variables: readonly string[];
  readonly outputs: readonly Tensor[];
  /** Weights of the outputs in the loss Σ weights · outputs. */
  readonly weights: readonly NdArray[];
  readonly loss: Tensor;
}

/** Builds a case; its graph inputs are named `prefix.name`, so that many cases fit into one graph. */
export function buildCase(each: OpCase, prefix: string): BuiltCase {
  const inputs: Record<string, Tensor> = {};
  for (const [name, { shape, data }] of Object.entries(each.feeds))
    inputs[name] = input(`${prefix}.${name}`, shape, data instanceof Float32Array ? "float32" : "int32");
  const built = each.build(inputs);
  const outputs = (Array.isArray(built) ? (built as readonly Tensor[]) : [built as Tensor]).map((y) =>
    y.cast("float32"),
  );
  const weights = outputs.map(({ shape, size }, k) => ({
    shape,
    data: Float32Array.from({ length: size }, (_, i) => Math.cos(0.37 * i + k)),
  }));
  const parts = outputs.map((y, k) => y.mul(constant(weights[k].data, y.shape)).sum());
  const loss = parts.reduce((sum, part) => sum.add(part));
  const variables = Object.keys(inputs).filter((name) => inputs[name].dtype === "float32");
  return { ...each, inputs, outputs, weights, loss, variables };
}

/** Whether the case really has a node of its op. */
export function hasOp({ op, outputs }: BuiltCase): boolean {
  return nodesOf(outputs).some((node) => node.op === op);
}
