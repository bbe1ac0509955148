/** `instruct-pix2pix/graph`: symbolic tensors, their gradients, and what becomes of a graph. */

export { accelerateConvolutions } from "../graph/fast-conv.ts";
export { grad } from "../graph/grad.ts";
export { type Graph, inputsOf, leavesOf, nodesOf } from "../graph/graph.ts";
export { type NamedValue, type OnnxModel, toOnnx } from "../graph/onnx.ts";
export { type OpName, ops } from "../graph/ops.ts";
export { printGraph } from "../graph/print.ts";
export { recompute } from "../graph/recompute.ts";
export { simplify } from "../graph/simplify.ts";
export { concat, constant, full, input, int64, scalar, type Tensor, weight } from "../graph/tensor.ts";
