/**
 * The forms in which ONNX Runtime 1.30 computes right on WebGPU, where two of its operators have faults:
 *
 * - InstanceNormalization is compiled once and used for every epsilon. So all get the same; standardising k·x with k²·ε gives
 *   what standardising x with ε gives.
 * - MultiHeadAttention over 32 rows and more is wrong where the driver has no subgroups of 8 threads. So attention is spelled
 *   out as long as its scores are small.
 */

import type { Graph } from "./graph.ts";
import type { Node } from "./node.ts";
import { attentionProbabilities, joinHeads, splitHeads } from "./ops/heads.ts";
import { rewriteGraph } from "./rewrite.ts";
import { one, type Tensor } from "./tensor.ts";

const EPSILON = 1e-5;

/** Larger matrices of scores take more memory than a GPU has to spare, and are left to the fused operator. */
const MAX_SCORE_BYTES = 2 ** 26;

/** The same graph in those forms. */
export function webGpuForms(graph: Graph): Graph {
  return rewriteGraph(graph, (node, inputs) => {
    if (node.op === "InstanceNormalization") return withEpsilon(node, inputs);
    return node.op === "MultiHeadAttention" ? spelledOut(node, inputs) : undefined;
  });
}

function withEpsilon({ op, attributes }: Node<Tensor>, [x, scale, bias]: readonly (Tensor | undefined)[]) {
  const epsilon = Number(attributes.epsilon);
  if (!x || epsilon === EPSILON) return undefined;
  return one(op as "InstanceNormalization", [x.mul(Math.sqrt(EPSILON / epsilon)), scale, bias], {
    ...attributes,
    epsilon: EPSILON,
  });
}

function spelledOut({ attributes }: Node<Tensor>, [query, key, value]: readonly (Tensor | undefined)[]) {
  if (!query || !key || !value) return undefined;
  const heads = Number(attributes.num_heads);
  if (4 * query.shape[0] * heads * query.shape[1] * key.shape[1] > MAX_SCORE_BYTES) return undefined;
  const [q, k, v] = [query, key, value].map((x) => splitHeads(x, heads));
  const options = { scale: Number(attributes.scale), causal: attributes.unidirectional === 1 };
  return joinHeads(attentionProbabilities(q, k, options).matmul(v));
}
