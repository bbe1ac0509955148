/** All that an evaluation of the miniature has found, from its rows. */

import type { GuidanceScales } from "../../diffusion/guidance.ts";
import type { EvaluationSettings } from "../../eval/trials.ts";
import { type EditSummary, summariseEdits } from "./edit-summary.ts";
import type { EditRow } from "./edit-trials.ts";
import { type SceneRow, type SceneSummary, summariseScenes } from "./scene-trials.ts";
import { summariseTextToImage, type TextToImageRow, type TextToImageSummary } from "./text-to-image.ts";

export type EvaluationRow = EditRow | SceneRow | TextToImageRow;

/** Whether a row is of an edit that the model made at these scales. */
export function isEditAt(row: EvaluationRow, { textGuidance, imageGuidance }: GuidanceScales): row is EditRow {
  if (row.type !== "edit" || row.condition.name !== "edited") return false;
  return row.condition.textGuidance === textGuidance && row.condition.imageGuidance === imageGuidance;
}

/** Plain data, fit for JSON. */
export interface EvaluationResults {
  readonly settings: EvaluationSettings;
  /** Those of the rows called `edited` without more words. */
  readonly scales: GuidanceScales;
  readonly edits: EditSummary;
  readonly scenes: readonly SceneSummary[];
  readonly textToImage: readonly TextToImageSummary[];
}

/** Results do not depend on the order of the rows, except for that in which conditions are listed. */
export function resultsOf(
  rows: Iterable<EvaluationRow>,
  { settings, scales }: Pick<EvaluationResults, "settings" | "scales">,
): EvaluationResults {
  const [edits, scenes, texts]: [EditRow[], SceneRow[], TextToImageRow[]] = [[], [], []];
  for (const row of rows) {
    if (row.type === "edit") edits.push(row);
    else if (row.type === "scene") scenes.push(row);
    else texts.push(row);
  }
  return {
    settings,
    scales,
    edits: summariseEdits(edits),
    scenes: summariseScenes(scenes),
    textToImage: summariseTextToImage(texts),
  };
}
