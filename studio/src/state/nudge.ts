/** Which way to turn the two guidances when a result changed too little or too much, or for something unexpected. */

import type { Tuning } from "./draft.ts";

export type Guidances = Pick<Tuning, "textGuidance" | "imageGuidance">;

/** From here on, more text guidance tends to break the picture rather than to change it. */
const STRONG_TEXT = 10;
/** From here on, more image guidance hardly keeps more. */
const STRONG_IMAGE = 2;

/** Follows the words more, or where that is at its end, keeps the picture less. */
export function changeMore({ textGuidance, imageGuidance }: Guidances): Guidances {
  return textGuidance >= STRONG_TEXT
    ? { textGuidance, imageGuidance: rounded(Math.max(1, imageGuidance - 0.1)) }
    : { textGuidance: rounded(textGuidance + 1), imageGuidance };
}

/** Keeps the picture more, or where that is at its end, follows the words less. */
export function changeLess({ textGuidance, imageGuidance }: Guidances): Guidances {
  return imageGuidance >= STRONG_IMAGE
    ? { textGuidance: rounded(Math.max(1, textGuidance - 1)), imageGuidance }
    : { textGuidance, imageGuidance: rounded(imageGuidance + 0.1) };
}

/**
 * The range from which the reference's app draws, around a model's own scale: for the published model s_T from 6 to 9 and
 * s_I from 1.2 to 1.8.
 */
export function exploredRange(own: number): readonly [least: number, most: number] {
  return [rounded(0.8 * own), rounded(1.2 * own)];
}

/** Draws both, to two decimals. */
export function drawGuidances(own: Guidances, random: () => number = Math.random): Guidances {
  const draw = ([least, most]: readonly [number, number]) => rounded(least + (most - least) * random());
  return {
    textGuidance: draw(exploredRange(own.textGuidance)),
    imageGuidance: draw(exploredRange(own.imageGuidance)),
  };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
