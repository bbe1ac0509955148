/**
 * Recomputation: a marked segment's inner values are not kept for the backward pass but computed a second time from the
 * segment's inputs (Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost"). Memory for about one more forward.
 */

import { nodesOf } from "./graph.ts";
import { type Node, nextNodeId } from "./node.ts";
import type { Call } from "./ops/rule.ts";
import type { OpName } from "./ops.ts";
import { apply, concat, type Tensor } from "./tensor.ts";

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

/** The view of the forward pass that one `grad` call differentiates. */
export interface Recomputation {
  /** The node whose gradient rule is applied: of a segment's, a copy. */
  view(node: Node<Tensor>, outGrads: readonly (Tensor | undefined)[]): Call;
  /** The gradients that a node passes on to its inputs, of which `wanted` are results. */
  pass(
    node: Node<Tensor>,
    inGrads: readonly (Tensor | undefined)[],
    wanted: ReadonlySet<Tensor>,
  ): readonly (Tensor | undefined)[];
}

/**
 * Engines choose the order of execution; two dependencies make sure that a segment's inner values live only for a while.
 * The copies of its nodes hang on the gradient that arrives at the segment: they are not computed, or kept, earlier. And
 * the gradient that leaves it hangs on those of its parameters: these are not put off until later.
 */
export function recomputed(): Recomputation {
  const copiers = new Map<object, ReturnType<typeof copier>>();
  const finished = new Map<object, Tensor[]>();
  return {
    view(node, outGrads) {
      const segment = segmentOf.get(node);
      if (!segment) return node as Call;
      const arriving = outGrads.find((g) => g !== undefined) as Tensor;
      const copy = copiers.get(segment) ?? copier(segment, zeroFrom([arriving]));
      copiers.set(segment, copy);
      return {
        attributes: node.attributes,
        inputs: node.inputs.map((value) => value && copy(value)) as readonly Tensor[],
        outputs: node.outputs.map(copy),
      };
    },
    pass(node, inGrads, wanted) {
      const segment = segmentOf.get(node);
      if (!segment) return inGrads;
      const results = finished.get(segment) ?? [];
      finished.set(segment, results);
      for (const [i, value] of node.inputs.entries()) {
        const g = inGrads[i];
        if (value && g && !value.node && wanted.has(value)) results.push(g);
      }
      return inGrads.map((g, i) => {
        const source = node.inputs[i]?.node;
        const leaves = g && source && segmentOf.get(source) !== segment;
        return leaves && results.length > 0 ? g.add(zeroFrom(results.splice(0))) : g;
      });
    },
  };
}

/** Copies the values of a segment. What enters it is joined with `zero`, which is only known once the gradient is. */
function copier(segment: object, zero: Tensor): (value: Tensor) => Tensor {
  const copies = new Map<Tensor, Tensor>();
  const waiting = new Set<Tensor>();
  const wait = (value: Tensor): Tensor => {
    if (value.dtype !== "float32") return value;
    const gated = value.add(zero);
    waiting.add(gated);
    return gated;
  };
  const copyNode = (node: Node<Tensor>): void => {
    const inputs = node.inputs.map((input) => input && copy(input));
    if (!inputs.some((input) => input && waiting.has(input))) {
      // Nothing but leaves: one of them has to wait. The first, as operands come before weights.
      const first = inputs.findIndex(
        (input) => input && !input.node && !isConstant(input) && input.dtype === "float32",
      );
      if (first >= 0) inputs[first] = wait(inputs[first] as Tensor);
    }
    const outputs = apply(node.op as OpName, inputs, node.attributes);
    const waits = inputs.some((input) => input && waiting.has(input));
    for (const [i, output] of node.outputs.entries()) {
      copies.set(output, outputs[i]);
      if (waits) waiting.add(outputs[i]);
    }
  };
  const copy = (value: Tensor): Tensor => {
    const { node } = value;
    if (!node) return value;
    if (!copies.has(value)) {
      if (segmentOf.get(node) === segment) copyNode(node);
      else copies.set(value, wait(value));
    }
    return copies.get(value) as Tensor;
  };
  return copy;
}

function isConstant({ source }: Tensor): boolean {
  return "kind" in source && source.kind === "constant";
}

/** A scalar 0 without slope that no engine can foresee: how many of the gradients begin with less than −∞. */
function zeroFrom(gradients: readonly Tensor[]): Tensor {
  const firsts = gradients.map((g) => g.reshape([-1]).slice(0, 0, 1));
  return concat(firsts, 0).less(Number.NEGATIVE_INFINITY).cast("float32").sum();
}
