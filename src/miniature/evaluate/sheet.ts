/** Pictures to look at, row by row: edits with input, instruction, verdict and target; what captions were made into. */

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
import type { TextToImageRow } from "./text-to-image.ts";

/** The first so many edits of each test set are shown: none is chosen. */
export const SHOWN = 8;

/** Edits side by side. */
const ACROSS = 2;

const GREEN = [0, 120, 60] as const;
const RED = [190, 30, 30] as const;

/** A row with its picture. */
interface Shown<Kind = EvaluationRow> {
  readonly row: Kind;
  readonly output: Image;
}

/** Whether a row's picture belongs on the sheet: it is of the first edits of its set at these scales, or captions. */
export function isShown(row: EvaluationRow, scales: GuidanceScales): row is EditRow | TextToImageRow {
  return (row.type === "text-to-image" || isEditAt(row, scales)) && row.index < SHOWN;
}

/**
 * The sheet of an evaluation, of edits or of captions.
 *
 * @param shown rows that {@link isShown} chose, with their pictures, at least one
 * @param firstSeed that of the evaluation
 */
export function contactSheetOf(shown: readonly Shown<EditRow | TextToImageRow>[], firstSeed: number): Image {
  const edits = shown.flatMap(({ row, output }) => (row.type === "edit" ? { row, output } : []));
  const drawn = shown.flatMap(({ row, output }) => (row.type === "text-to-image" ? { row, output } : []));
  return edits.length > 0 ? editSheet(edits, firstSeed) : captionSheet(drawn);
}

/** Each caption in a row: its words, the scene that it was said of, and the pictures at rising scales. */
function captionSheet(drawn: readonly Shown<TextToImageRow>[]): Image {
  const captions = new Map(drawn.map(({ row }) => [row.index, row.caption]));
  const pictures = [...captions].flatMap(([index, text]) => [
    pixelText([{ text }], { width: SCENE_SIZE, height: SCENE_SIZE }),
    ...drawn.filter(({ row }) => row.index === index).map(({ output }) => output),
  ]);
  return contactSheet(pictures, { columns: pictures.length / captions.size, gutter: 6 });
}

/** Each edit: input, instruction with the verdict, output, target. */
function editSheet(edits: readonly Shown<EditRow>[], firstSeed: number): Image {
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
