/** Contrastive training of text and image encoders (Radford et al. 2021, figure 3), and of edits as directions. */

import { constant, type Tensor } from "../../graph/tensor.ts";
import type { Loss } from "../step-graph.ts";

/** Largest factor of similarities: exp of the trained logit scale is cut off here, as in the paper (section 2.5). */
const MOST_SCALE = 100;

/** The symmetric cross-entropy of a batch of pairs, and how often the right partner is the nearest. */
export interface Contrast {
  readonly loss: Tensor;
  /** Share of rows of `a` whose nearest row of `b` is their own. */
  readonly accuracy: Tensor;
}

/**
 * InfoNCE between rows that belong together, all other rows being the wrong ones.
 *
 * @param a, b [N, D], not necessarily normalised
 * @param logitScale a scalar; similarities are multiplied by its exponential
 */
export function contrast(a: Tensor, b: Tensor, logitScale: Tensor): Contrast {
  const rows = a.shape[0];
  const scale = logitScale.exp().minimum(MOST_SCALE);
  const logits = a.l2Normalize().matmul(b.l2Normalize(), { transB: true }).mul(scale);
  const own = identity(rows);
  const ofRows = logits.logSoftmax(1).mul(own).sum();
  const ofColumns = logits.logSoftmax(0).mul(own).sum();
  const hits = logits
    .equal(logits.max([1], true))
    .cast("float32")
    .mul(own)
    .sum();
  return { loss: ofRows.add(ofColumns).mul(-0.5 / rows), accuracy: hits.div(rows) };
}

export interface ClipBatch {
  /** [2N, D] embeddings: N pictures before their edits, then the N pictures after them, in the same order. */
  readonly images: Tensor;
  /** [2N, D] embeddings of their captions, in that order. */
  readonly captions: Tensor;
  /** [N, D] embeddings of the instructions. */
  readonly instructions: Tensor;
  readonly logitScale: Tensor;
}

/**
 * Captions against pictures; and instructions against the directions from the pictures before to those after, so that the
 * text encoder also learns the language of instructions. The directional similarity of the paper (section 4) is measured
 * along the same directions.
 */
export function clipLoss({ images, captions, instructions, logitScale }: ClipBatch): Loss {
  const pairs = instructions.shape[0];
  const normal = images.l2Normalize();
  const directions = normal.slice(0, pairs, 2 * pairs).sub(normal.slice(0, 0, pairs));
  const matching = contrast(images, captions, logitScale);
  const directional = contrast(directions, instructions, logitScale);
  return {
    loss: matching.loss.add(directional.loss),
    metrics: { caption_accuracy: matching.accuracy, instruction_accuracy: directional.accuracy },
  };
}

function identity(rows: number): Tensor {
  const data = new Float32Array(rows * rows);
  for (let i = 0; i < rows; i++) data[i * rows + i] = 1;
  return constant(data, [rows, rows]);
}
