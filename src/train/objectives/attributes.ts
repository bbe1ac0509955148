/** Classification of several attributes at once: each has its own softmax over its own classes. */

import { input, type Tensor } from "../../graph/tensor.ts";
import type { Loss } from "../step-graph.ts";

/** The attributes, in the order of their logits, with their numbers of classes. */
export type AttributeClasses = readonly { readonly name: string; readonly classes: number }[];

/**
 * The mean cross-entropy of `logits` [B, Σ classes] against the input `targets` [B, Σ classes], which holds a one for the
 * true class of each attribute and only zeros for an attribute that an example does not have.
 *
 * The metric `accuracy` is the share of present attributes whose true class has the largest logit.
 */
export function attributeLoss(logits: Tensor, attributes: AttributeClasses): Loss {
  const targets = input("targets", logits.shape);
  const sizes = attributes.map(({ classes }) => classes);
  const [rows, truths] = [logits.split(1, sizes), targets.split(1, sizes)];
  const present = targets.sum();
  const losses = rows.map((row, i) => row.logSoftmax(1).mul(truths[i]).sum().neg());
  const hits = rows.map((row, i) =>
    row
      .equal(row.max([1], true))
      .cast("float32")
      .mul(truths[i])
      .sum(),
  );
  const total = (values: readonly Tensor[]) => values.reduce((sum, value) => sum.add(value)).div(present);
  return { loss: total(losses), metrics: { accuracy: total(hits) } };
}
