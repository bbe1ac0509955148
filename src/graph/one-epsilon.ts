/**
 * For engines that compile one InstanceNormalization shader and use it for every epsilon (ONNX Runtime 1.30 on WebGPU): all
 * get the same epsilon. Standardising k·x with k²·ε gives what standardising x with ε gives.
 */

import type { Graph } from "./graph.ts";
import { rewriteGraph } from "./rewrite.ts";
import { one } from "./tensor.ts";

const EPSILON = 1e-5;

/** The same graph with every InstanceNormalization at one epsilon, its input scaled to make up for it. */
export function withOneEpsilon(graph: Graph): Graph {
  return rewriteGraph(graph, ({ op, attributes }, [x, scale, bias]) => {
    const epsilon = Number(attributes.epsilon);
    if (op !== "InstanceNormalization" || !x || epsilon === EPSILON) return undefined;
    return one(op, [x.mul(Math.sqrt(EPSILON / epsilon)), scale, bias], { ...attributes, epsilon: EPSILON });
  });
}
