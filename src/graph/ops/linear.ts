/** Matrix products and attention. */

import type { Attributes } from "../node.ts";
import type { Tensor } from "../tensor.ts";
import { attentionProbabilities, joinHeads, splitHeads } from "./heads.ts";
import { broadcast, expectShape, numberAttribute, type OpRule, show, single, sumTo } from "./rule.ts";

function flag(attributes: Attributes, name: string): boolean {
  return attributes[name] === 1;
}

/** Shape of op(a) · op(b), batch axes broadcast. */
function productShape(a: Tensor, b: Tensor, transA: boolean, transB: boolean): readonly number[] {
  expectShape(a.rank >= 2 && b.rank >= 2, `expected matrices, got ${show(a.shape)} and ${show(b.shape)}`);
  const [rows, inner] = transA ? [a.shape.at(-1), a.shape.at(-2)] : [a.shape.at(-2), a.shape.at(-1)];
  const [innerB, columns] = transB ? [b.shape.at(-1), b.shape.at(-2)] : [b.shape.at(-2), b.shape.at(-1)];
  expectShape(inner === innerB, `inner extents ${inner} and ${innerB} differ`);
  return [...broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2)), rows as number, columns as number];
}

/**
 * Gradients of y = α · op(a) · op(b). When b is one matrix for a whole batch of a, the batch is flattened into rows first,
 * so that db is one product instead of a sum of many.
 */
function productVjp(a: Tensor, b: Tensor, grad: Tensor, transA: boolean, transB: boolean, alpha: number) {
  const da = transA
    ? b.matmul(grad, { transA: transB, transB: true, alpha })
    : grad.matmul(b, { transB: !transB, alpha });
  const flatten = b.rank === 2 && a.rank > 2 && !transA;
  const rowsA = flatten ? a.reshape([-1, a.shape[a.rank - 1]]) : a;
  const rowsG = flatten ? grad.reshape([-1, grad.shape[grad.rank - 1]]) : grad;
  const db = transB
    ? rowsG.matmul(rowsA, { transA: true, transB: transA, alpha })
    : rowsA.matmul(rowsG, { transA: !transA, alpha });
  return [sumTo(da, a.shape), sumTo(db, b.shape)] as const;
}

export const linear = {
  MatMul: single({
    infer: ([a, b]) => ({ dtype: a.dtype, shape: productShape(a, b, false, false) }),
    vjp: ({ inputs: [a, b] }, grad) => productVjp(a, b, grad, false, false, 1),
  }),
  /** op(a) · op(b) + c of matrices, c broadcast. */
  Gemm: {
    attributes: { transA: "int", transB: "int" },
    infer: ([a, b, c], attributes) => {
      expectShape(a?.rank === 2 && b?.rank === 2, "expected two matrices");
      const shape = productShape(a, b, flag(attributes, "transA"), flag(attributes, "transB"));
      if (c) expectShape(`${broadcast(c.shape, shape)}` === `${shape}`, `${show(c.shape)} does not fit ${show(shape)}`);
      return [{ dtype: a.dtype, shape }];
    },
    vjp: ({ inputs: [a, b, c], attributes }, [grad]) => {
      if (!grad) return [];
      const [da, db] = productVjp(a, b, grad, flag(attributes, "transA"), flag(attributes, "transB"), 1);
      return [da, db, c && sumTo(grad, c.shape)];
    },
  },
  /**
   * softmax(scale · q kᵀ) v for each head; q [B, S, H·D], k [B, L, H·D], v [B, L, H·Dv] → [B, S, H·Dv].
   * `unidirectional` hides later keys. The gradient recomputes the probabilities.
   */
  MultiHeadAttention: single({
    domain: "com.microsoft",
    attributes: { num_heads: "int", scale: "float", unidirectional: "int" },
    infer: ([q, k, v], attributes) => {
      const heads = numberAttribute(attributes, "num_heads", 1);
      for (const x of [q, k, v]) {
        expectShape(
          x.rank === 3 && x.shape[2] % heads === 0,
          `expected [B, length, ${heads} heads × depth], got ${show(x.shape)}`,
        );
      }
      const batch = q.shape[0];
      expectShape(
        batch === k.shape[0] && batch === v.shape[0] && q.shape[2] === k.shape[2] && k.shape[1] === v.shape[1],
        "query, key and value do not fit each other",
      );
      expectShape(
        !flag(attributes, "unidirectional") || q.shape[1] === k.shape[1],
        "expected as many keys as queries, since later ones are hidden",
      );
      return { dtype: q.dtype, shape: [q.shape[0], q.shape[1], v.shape[2]] };
    },
    vjp: ({ inputs: [query, key, value], attributes }, grad) => {
      const heads = numberAttribute(attributes, "num_heads", 1);
      const scale = numberAttribute(attributes, "scale", 1 / Math.sqrt(query.shape[2] / heads));
      const [q, k, v, g] = [query, key, value, grad].map((x) => splitHeads(x, heads));
      const p = attentionProbabilities(q, k, { scale, causal: flag(attributes, "unidirectional") });
      const weighted = p.mul(g.matmul(v, { transB: true }));
      const ds = weighted.sub(p.mul(weighted.sum([3], true)));
      const dq = ds.matmul(k, { alpha: scale });
      const dk = ds.matmul(q, { transA: true, alpha: scale });
      const dv = p.matmul(g, { transA: true });
      return [dq, dk, dv].map(joinHeads);
    },
  }),
} satisfies Record<string, OpRule>;
