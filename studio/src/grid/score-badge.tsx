/** What CLIP says of a result, small enough for a corner of it. */

import type { Scores } from "../api/records.ts";

interface Props {
  readonly scores: Scores;
}

export function ScoreBadge({ scores: { image, direction } }: Props) {
  return (
    <span class="cell-scores" title={EXPLAINED}>
      <span>kept {hundredths(image)}</span>
      <span>followed {hundredths(direction)}</span>
    </span>
  );
}

/** The same for a screen reader. */
export function spoken({ image, direction }: Scores): string {
  return `kept ${hundredths(image)}, followed ${hundredths(direction)}`;
}

const EXPLAINED =
  "By CLIP, of 100: how alike picture and result are, and how well what changed goes with the instruction. " +
  "More of one is often less of the other.";

function hundredths(cosine: number): string {
  return String(Math.round(100 * cosine));
}
