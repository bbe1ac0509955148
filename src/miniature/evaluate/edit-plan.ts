/** Which edits an evaluation measures: test sets, the rows of its tables, and the grid of guidance scales. */

import type { GuidanceScales } from "../../diffusion/guidance.ts";
import { TEST_SETS, type TestSet } from "./test-sets.ts";

/**
 * What stands as the output of a pair. `edited` is what the model makes; the others are what its numbers are held against:
 * the model told something else, the input itself, the target, the target through the autoencoder, and the target of
 * another edit of the same scene.
 */
export type Condition =
  | ({ readonly name: "edited" | "wrong-instruction" } & GuidanceScales)
  | { readonly name: "unchanged" | "truth" | "autoencoded-truth" | "other-edit" };

/** One condition of one pair. */
export interface PlannedEdit {
  readonly set: TestSet;
  readonly index: number;
  readonly condition: Condition;
}

export interface EditPlanOptions {
  /** The first is the main one: it alone has the grid, and the rows in which the model is told something else. Default: all. */
  readonly sets?: readonly TestSet[];
  /** The scales that everything but the grid is measured at. */
  readonly scales: GuidanceScales;
  /** s_T × s_I of the grid. Default: none. */
  readonly grid?: { readonly textGuidance: readonly number[]; readonly imageGuidance: readonly number[] };
  /** Whether there is an autoencoder to put the target through. */
  readonly autoencoder: boolean;
  /** The most pairs of a set. Default: as many as `PAIRS` says. */
  readonly limit?: number;
}

/** Pairs of the main set, of each other one, of the rows in which the model is told something else, and of the grid. */
export const PAIRS = { main: 500, other: 200, toldElse: 200, grid: 100 } as const;

/** Everything to be measured. All conditions of a pair follow one another, so that what they share is made once. */
export function editPlan({
  sets = TEST_SETS,
  limit = Number.POSITIVE_INFINITY,
  ...options
}: EditPlanOptions): PlannedEdit[] {
  return sets.flatMap((set, i) => {
    const wanted = conditions(options, i === 0);
    const pairs = Math.min(limit, Math.max(...wanted.map((one) => one.pairs)));
    return Array.from({ length: pairs }, (_, index) => index).flatMap((index) =>
      wanted.filter((one) => index < one.pairs).map(({ condition }): PlannedEdit => ({ set, index, condition })),
    );
  });
}

/** A name that tells conditions apart, e.g. `edited 7.5 1.5`. */
export function conditionKey(condition: Condition): string {
  return "textGuidance" in condition
    ? `${condition.name} ${condition.textGuidance} ${condition.imageGuidance}`
    : condition.name;
}

interface Wanted {
  readonly condition: Condition;
  readonly pairs: number;
}

/** The conditions of a set; one that is wanted twice is wanted for the larger number of pairs. */
function conditions(options: Omit<EditPlanOptions, "sets" | "limit">, main: boolean): readonly Wanted[] {
  const wanted = new Map<string, Wanted>();
  const want = (pairs: number, condition: Condition) => {
    const key = conditionKey(condition);
    wanted.set(key, { condition, pairs: Math.max(pairs, wanted.get(key)?.pairs ?? 0) });
  };
  const { scales, grid, autoencoder } = options;
  const pairs = main ? PAIRS.main : PAIRS.other;
  want(pairs, { name: "edited", ...scales });
  want(pairs, { name: "unchanged" });
  want(pairs, { name: "truth" });
  if (autoencoder) want(pairs, { name: "autoencoded-truth" });
  want(pairs, { name: "other-edit" });
  if (!main) return [...wanted.values()];
  want(PAIRS.toldElse, { name: "wrong-instruction", ...scales });
  want(PAIRS.toldElse, { name: "edited", ...scales, textGuidance: 0 });
  for (const textGuidance of grid?.textGuidance ?? []) {
    for (const imageGuidance of grid?.imageGuidance ?? [])
      want(PAIRS.grid, { name: "edited", textGuidance, imageGuidance });
  }
  return [...wanted.values()];
}
