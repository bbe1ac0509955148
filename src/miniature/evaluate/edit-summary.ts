/** From measured edits to numbers with intervals: per test set, per condition, per kind of edit, and over the grid of scales. */

import { bootstrapMeans, type Mean } from "../../eval/bootstrap.ts";
import { type Share, shareOf } from "../../eval/wilson.ts";
import type { Edit } from "../edits.ts";
import { ATTRIBUTE_NAMES, type AttributeName } from "./compare-states.ts";
import { type Condition, conditionKey } from "./edit-plan.ts";
import type { EditRow } from "./edit-trials.ts";
import { TEST_SETS, type TestSet } from "./test-sets.ts";

/** Numbers of some edits. Shares have Wilson's intervals, means bootstrapped ones. What no edit of them has is absent. */
export interface EditNumbers {
  readonly n: number;
  /** The state read is exactly the target. */
  readonly success: Share;
  /** What was asked for has happened. */
  readonly asked?: Share;
  /** Everything else is as it was. */
  readonly preserved: Share;
  /** Of all attributes that nobody asked to change, those that are as they were. */
  readonly untouched: Share;
  /** All objects, or the picture, have the attribute right. */
  readonly attributes: Readonly<Partial<Record<AttributeName, Share>>>;
  /** All shares of `attributes` multiplied: the success there would be if attributes failed independently. */
  readonly product: number;
  readonly outside?: { readonly difference: Mean; readonly within2: Mean; readonly within10: Mean };
  readonly paintBench: { readonly iou2: Mean; readonly iou10: Mean; readonly mean: Mean };
  readonly geneva?: { readonly precision: Mean; readonly recall: Mean; readonly f1: Mean; readonly rsim: Mean };
  readonly clip?: { readonly image: Mean; readonly direction: Mean };
}

/** The main numbers of one kind of edit. */
export interface KindNumbers
  extends Pick<EditNumbers, "n" | "success" | "asked" | "preserved" | "untouched" | "outside"> {
  readonly kind: Edit["kind"];
}

export interface EditGroup {
  readonly set: TestSet;
  readonly condition: Condition;
  readonly all: EditNumbers;
  readonly kinds: readonly KindNumbers[];
}

/** One pair of guidance scales, over the pairs that were measured at all of them. */
export interface GridCell {
  readonly textGuidance: number;
  readonly imageGuidance: number;
  readonly success: Share;
  readonly asked?: Share;
  readonly preserved: Share;
  readonly clip?: EditNumbers["clip"];
}

export interface EditSummary {
  /** Test sets in their order, conditions in that of the rows. */
  readonly groups: readonly EditGroup[];
  /** By s_T, then by s_I, of the first set that was measured at more than one s_I with a text guidance other than 0. */
  readonly grid: readonly GridCell[];
}

export function summariseEdits(rows: readonly EditRow[]): EditSummary {
  const groups = TEST_SETS.flatMap((set) => {
    const conditions = grouped(
      rows.filter((row) => row.set === set),
      ({ condition }) => conditionKey(condition),
    );
    return conditions.map((members): EditGroup => {
      const kinds = grouped(members, ({ kind }) => kind);
      return {
        set,
        condition: members[0].condition,
        all: numbersOf(members),
        kinds: kinds.map((some) => ({ kind: some[0].kind, ...mainNumbersOf(some) })),
      };
    });
  });
  return { groups, grid: gridOf(rows) };
}

/** Members of each group, groups in the order of their first members. */
function grouped<Value>(values: readonly Value[], keyOf: (value: Value) => string): Value[][] {
  const groups = new Map<string, Value[]>();
  for (const value of values) {
    const members = groups.get(keyOf(value));
    if (members === undefined) groups.set(keyOf(value), [value]);
    else members.push(value);
  }
  return [...groups.values()];
}

function mainNumbersOf(rows: readonly EditRow[]): Omit<KindNumbers, "kind"> {
  const outside = means(rows, (row) => row.outside, ["difference", "within2", "within10"]);
  return { n: rows.length, ...outcomes(rows), outside };
}

function numbersOf(rows: readonly EditRow[]): EditNumbers {
  const attributes = attributeShares(rows);
  return {
    ...mainNumbersOf(rows),
    attributes,
    product: Object.values(attributes).reduce((product, { share }) => product * share, 1),
    paintBench: means(rows, ({ paintBench }) => paintBench, ["iou2", "iou10", "mean"])!,
    geneva: means(rows, ({ geneva }) => geneva, ["precision", "recall", "f1", "rsim"]),
    clip: means(rows, ({ clip }) => clip, ["image", "direction"]),
  };
}

function outcomes(rows: readonly EditRow[]): Pick<EditNumbers, "success" | "asked" | "preserved" | "untouched"> {
  const asked = rows.flatMap((row) => row.asked ?? []);
  return {
    success: shareOf(rows.map(({ success }) => success)),
    asked: asked.length === 0 ? undefined : shareOf(asked),
    preserved: shareOf(rows.map(({ preserved }) => preserved)),
    untouched: shareOf(rows.flatMap(({ untouched: [right, of] }) => Array.from({ length: of }, (_, i) => i < right))),
  };
}

function attributeShares(rows: readonly EditRow[]): EditNumbers["attributes"] {
  const shares: Partial<Record<AttributeName, Share>> = {};
  for (const name of ATTRIBUTE_NAMES) {
    const counts = rows.map((row) => row.counts[name]).filter(([, of]) => of > 0);
    if (counts.length > 0) shares[name] = shareOf(counts.map(([right, of]) => right === of));
  }
  return shares;
}

/** Means of several numbers over the rows that have them; undefined when none has. */
function means<Name extends string>(
  rows: readonly EditRow[],
  numbers: (row: EditRow) => Readonly<Record<Name, number>> | undefined,
  names: readonly Name[],
): Readonly<Record<Name, Mean>> | undefined {
  const values = rows.flatMap((row) => numbers(row) ?? []);
  return values.length === 0 ? undefined : bootstrapMeans(values, names);
}

function gridOf(rows: readonly EditRow[]): GridCell[] {
  for (const set of TEST_SETS) {
    const edited = rows.filter((row) => row.set === set && row.condition.name === "edited" && scalesOf(row)[0] !== 0);
    const cells = grouped(edited, (row) => conditionKey(row.condition));
    if (cells.length < 2) continue;
    const indices = cells.map((members) => new Set(members.map(({ index }) => index)));
    const common = cells.map((members) => members.filter(({ index }) => indices.every((known) => known.has(index))));
    if (common[0].length === 0) return [];
    return common
      .map((members): GridCell => {
        const [textGuidance, imageGuidance] = scalesOf(members[0]);
        const clip = means(members, (row) => row.clip, ["image", "direction"]);
        return { textGuidance, imageGuidance, ...outcomes(members), clip };
      })
      .sort((a, b) => a.textGuidance - b.textGuidance || a.imageGuidance - b.imageGuidance);
  }
  return [];
}

function scalesOf({ condition }: EditRow): readonly [textGuidance: number, imageGuidance: number] {
  return "textGuidance" in condition ? [condition.textGuidance, condition.imageGuidance] : [0, 0];
}
