/** What CLIP says of a result, small enough for a corner of it. */

import type { Scores } from "../api/records.ts";

interface Props {
  readonly scores: Scores;
}

export function ScoreBadge({ scores: { image, direction } }: Props) {
  return (
    <span class="cell-scores" title={EXPLAINED}>
      <span>
        <span class="cell-score-name">kept </span>
        {hundredths(image)}
      </span>
      <span>
        <span class="cell-score-name">followed </span>
        {hundredths(direction)}
      </span>
    </span>
  );
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
