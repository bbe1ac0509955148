/**
 * Recomputation: a marked segment's inner values are not kept for the backward pass but computed a second time from the
 * segment's inputs (Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost"). Memory for about one more forward.
 */

import { nodesOf } from "./graph.ts";
import { type Node, nextNodeId } from "./node.ts";
import type { Call } from "./ops/rule.ts";
import type { OpName } from "./ops.ts";
import { apply, type Tensor } from "./tensor.ts";

/** Marks of segments; a node belongs to the innermost segment it was made in. */
const segmentOf = new WeakMap<Node<Tensor>, object>();

/** Runs `build` and marks the nodes it makes as one segment to be recomputed by `grad`. Segments may nest. */
export function recompute<Result extends Tensor | readonly Tensor[]>(build: () => Result): Result {
  const first = nextNodeId();
  const result = build();
  const segment = {};
  const outputs: readonly Tensor[] = Array.isArray(result) ? result : [result as Tensor];
  for (const node of nodesOf(outputs)) if (node.id > first && !segmentOf.has(node)) segmentOf.set(node, segment);
  return result;
}

/**
 * The view of the forward pass that one `grad` call differentiates: nodes of segments are replaced by copies that hang on
 * the gradient arriving at the segment, so that no engine can compute (or keep) them earlier.
 */
export function recomputed(): (node: Node<Tensor>, outGrads: readonly (Tensor | undefined)[]) => Call {
  const barriers = new Map<object, Tensor>();
  const copies = new Map<object, Map<Tensor, Tensor>>();

  const copy = (value: Tensor, segment: object, barrier: Tensor): Tensor => {
    const made = copies.get(segment) as Map<Tensor, Tensor>;
    const known = made.get(value);
    if (known) return known;
    const node = value.node;
    if (!node) return value;
    if (segmentOf.get(node) !== segment) {
      // Entering the segment: the value itself, plus a zero that is only known once the gradient is.
      const gated = value.dtype === "float32" ? value.add(barrier) : value;
      made.set(value, gated);
      return gated;
    }
    const inputs = node.inputs.map((input) => input && copy(input, segment, barrier));
    const outputs = apply(node.op as OpName, inputs, node.attributes);
    for (const [i, output] of node.outputs.entries()) made.set(output, outputs[i]);
    return made.get(value) as Tensor;
  };

  return (node, outGrads) => {
    const segment = segmentOf.get(node);
    if (!segment) return node as Call;
    const arriving = barriers.get(segment) ?? zeroFrom(outGrads.find((g) => g !== undefined) as Tensor);
    barriers.set(segment, arriving);
    if (!copies.has(segment)) copies.set(segment, new Map());
    return {
      attributes: node.attributes,
      inputs: node.inputs.map((value) => value && copy(value, segment, arriving)) as readonly Tensor[],
      outputs: node.outputs.map((value) => copy(value, segment, arriving)),
    };
  };
}

/** One element of a gradient, clipped to 0 (also when it is not finite). */
function zeroFrom(gradient: Tensor): Tensor {
  return gradient.reshape([-1]).slice(0, 0, 1).clip(0, 0);
}
