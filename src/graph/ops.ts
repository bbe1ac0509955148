/** THE TABLE: every operator a graph may hold, with its shape rule and its gradient. Adding an op is adding an entry. */

import { convolutions } from "./ops/conv.ts";
import { elementwise } from "./ops/elementwise.ts";
import { linear } from "./ops/linear.ts";
import { reductions } from "./ops/reduce.ts";
import type { OpRule } from "./ops/rule.ts";
import { shapes } from "./ops/shape.ts";

const table = { ...elementwise, ...reductions, ...shapes, ...linear, ...convolutions };

export type OpName = keyof typeof table;

export const ops: Readonly<Record<OpName, OpRule>> = table;

/** The entry of an op that came from a node. */
export function ruleOf(op: string): OpRule {
  return ops[op as OpName];
}
