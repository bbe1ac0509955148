/** Reverse-mode differentiation: gradients are ordinary graph nodes, made by the table's vjp rules. */

import { ShapeError, UsageError } from "../errors.ts";
import { nodesOf } from "./graph.ts";
import type { Node } from "./node.ts";
import { ruleOf } from "./ops.ts";
import { recomputed } from "./recompute.ts";
import { full, type Tensor } from "./tensor.ts";

/**
 * ∂loss/∂w for each w of `wrt`, of w's shape; zeros where the loss does not depend on w.
 * Values of segments marked with `recompute` are computed again instead of being kept from the forward pass.
 *
 * @throws ShapeError when `loss` is not one float32 element.
 * @throws UsageError when the path from `wrt` to `loss` meets an op without gradient.
 */
export function grad(loss: Tensor, wrt: readonly Tensor[]): readonly Tensor[] {
  if (loss.size !== 1 || loss.dtype !== "float32") {
    throw new ShapeError(`grad: expected a loss of one float32 element, got ${loss}`);
  }
  const order = nodesOf([loss]);
  const wanted = new Set(wrt);
  const needed = dependents(order, wanted);
  const gradients = new Map<Tensor, Tensor>([[loss, full(loss.shape, 1)]]);
  const recomputation = recomputed();
  for (const node of [...order].reverse()) {
    const outGrads = node.outputs.map((output) => gradients.get(output));
    if (!needed.has(node) || outGrads.every((g) => g === undefined)) continue;
    const { vjp } = ruleOf(node.op);
    if (!vjp)
      throw new UsageError(`grad: ${node.op} has no gradient; keep it off the path from the parameters to the loss`);
    const inGrads = recomputation.pass(node, vjp(recomputation.view(node, outGrads), outGrads), wanted);
    for (const [i, value] of node.inputs.entries()) {
      const g = inGrads[i];
      if (!value || !g || !(wanted.has(value) || (value.node && needed.has(value.node)))) continue;
      const sum = gradients.get(value);
      gradients.set(value, sum ? sum.add(g) : g);
    }
  }
  return wrt.map((w) => gradients.get(w) ?? full(w.shape, 0));
}

/** The nodes on a path from one of `wrt`: the only ones whose gradient is asked for. */
function dependents(order: readonly Node<Tensor>[], wrt: ReadonlySet<Tensor>): ReadonlySet<Node<Tensor>> {
  const needed = new Set<Node<Tensor>>();
  for (const node of order) {
    const depends = node.inputs.some((value) => value && (wrt.has(value) || (value.node && needed.has(value.node))));
    if (depends) needed.add(node);
  }
  return needed;
}
