/** Edits to look at: input, instruction with the verdict, output, target, row by row. */

import type { GuidanceScales } from "../../diffusion/guidance.ts";
import { pixelText } from "../../eval/pixel-text.ts";
import { contactSheet } from "../../image/contact-sheet.ts";
import type { Image } from "../../image/image.ts";
import type { AttributePath } from "../attributes.ts";
import { renderScene, SCENE_SIZE } from "../render.ts";
import { valueAt } from "./compare-states.ts";
import type { EditRow } from "./edit-trials.ts";
import { type EvaluationRow, isEditAt } from "./results.ts";
import { testPair } from "./test-sets.ts";

/** The first so many edits of each test set are shown: none is chosen. */
export const SHOWN = 8;

/** Edits side by side. */
const ACROSS = 2;

const GREEN = [0, 120, 60] as const;
const RED = [190, 30, 30] as const;

/** Whether a row's picture belongs on the sheet: it is one of the first edits of its set, at these scales. */
export function isShown(row: EvaluationRow, scales: GuidanceScales): row is EditRow {
  return isEditAt(row, scales) && row.index < SHOWN;
}

/**
 * The sheet.
 *
 * @param edits rows with their pictures, at least one
 * @param firstSeed that of the evaluation
 */
export function editSheet(
  edits: readonly { readonly row: EditRow; readonly output: Image }[],
  firstSeed: number,
): Image {
  const pictures = edits.flatMap(({ row, output }) => {
    const { before, after } = testPair(row.set, row.index, firstSeed);
    const wrong = Object.entries(row.wrong).map(
      ([path, value]) => `${path}: ${value}, not ${valueAt(after, path as AttributePath)}`,
    );
    const words = pixelText(
      [
        { text: `${row.set} ${row.index}` },
        { text: `${row.success ? "✓" : "✗"} ${row.instruction}`, colour: row.success ? GREEN : RED },
        ...wrong.map((text) => ({ text })),
      ],
      { width: SCENE_SIZE, height: SCENE_SIZE },
    );
    return [renderScene(before), words, output, renderScene(after)];
  });
  return contactSheet(pictures, { columns: 4 * ACROSS, gutter: 6 });
}
