/** Which way to turn the two guidances when a result changed too little or too much, or for something unexpected. */

import type { Tuning } from "./draft.ts";

export type Guidances = Pick<Tuning, "textGuidance" | "imageGuidance">;

/** The published model's own scales, for which the steps below are meant; another model's are in proportion. */
const PUBLISHED: Guidances = { textGuidance: 7.5, imageGuidance: 1.5 };

/** By how much a scale is turned, and from where on turning it up does harm (text) or nothing (image). */
function measures(own: Guidances) {
  const text = own.textGuidance / PUBLISHED.textGuidance;
  const image = own.imageGuidance / PUBLISHED.imageGuidance;
  return { textStep: text, imageStep: 0.1 * image, strongText: 10 * text, strongImage: 2 * image };
}

/** Follows the words more, or where that is at its end, keeps the picture less. @param own the model's own scales */
export function changeMore({ textGuidance, imageGuidance }: Guidances, own: Guidances = PUBLISHED): Guidances {
  const { textStep, imageStep, strongText } = measures(own);
  return textGuidance >= rounded(strongText)
    ? { textGuidance, imageGuidance: rounded(Math.max(1, imageGuidance - imageStep)) }
    : { textGuidance: rounded(textGuidance + textStep), imageGuidance };
}

/** Keeps the picture more, or where that is at its end, follows the words less. @param own the model's own scales */
export function changeLess({ textGuidance, imageGuidance }: Guidances, own: Guidances = PUBLISHED): Guidances {
  const { textStep, imageStep, strongImage } = measures(own);
  return imageGuidance >= rounded(strongImage)
    ? { textGuidance: rounded(Math.max(1, textGuidance - textStep)), imageGuidance }
    : { textGuidance, imageGuidance: rounded(imageGuidance + imageStep) };
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
