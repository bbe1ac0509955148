/** What CLIP says of a result, small enough for a corner of it. */

import type { Scores } from "../api/records.ts";

interface Props {
  readonly scores: Scores;
}

/** Drawn by the style sheet, which has a short form for small cells: what is read aloud is in the name of the cell. */
export function ScoreBadge({ scores }: Props) {
  const { image, direction } = scores;
  const numbers = `${hundredths(image)} · ${hundredths(direction)}`;
  return <span class="cell-scores" title={EXPLAINED} data-long={spoken(scores)} data-short={numbers} />;
}

/** The same for a screen reader. */
export function spoken({ image, direction }: Scores): string {
  return `kept ${hundredths(image)}, followed ${hundredths(direction)}`;
}

export const EXPLAINED =
  "The numbers are CLIP's, of 100: how much of the picture was kept, and how well what changed follows the words.";

function hundredths(cosine: number): string {
  return String(Math.round(100 * cosine));
}
