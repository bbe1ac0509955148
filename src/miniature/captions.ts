/** Captions: what a scene looks like, said in one of many ways and seldom completely. */

import type { Random } from "../random.ts";
import { differences } from "./attributes.ts";
import { composeCaption } from "./caption-forms.ts";
import {
  type CaptionForm,
  type CaptionPlan,
  type SayablePath,
  saidOf,
  samplePlan,
  saysAll,
  saysToo,
} from "./caption-plan.ts";
import type { Scene } from "./scene.ts";

/** A caption and what it says; of all else the scene's values are anybody's guess. */
export interface Caption {
  readonly text: string;
  readonly said: readonly SayablePath[];
}

const FEWEST_WORDS = 6;
const MOST_WORDS = 30;
/** Words and commas, each of which is one token of the miniature's tokenizer. */
const MOST_TOKENS = 38;

/** A random caption of `scene`: 6 to 30 words in lower case. */
export function caption(scene: Scene, random: Random): string {
  return captionOf(scene, random).text;
}

/**
 * The same with what it says. With `complete` it says everything there is to say, except the layout, in at most 38 words
 * and commas.
 */
export function captionOf(scene: Scene, random: Random, options: { readonly complete?: boolean } = {}): Caption {
  const plan = samplePlan(random);
  return captionsBy(options.complete ? saysAll(plan) : plan, [scene])[0];
}

/**
 * Captions of a scene before and after an edit, which differ only as the scenes do: the same order, the same things said,
 * among them all that changes.
 */
export function captionPair(
  before: Scene,
  after: Scene,
  random: Random,
): { readonly input: string; readonly output: string } {
  const plan = saysToo(samplePlan(random), differences(before, after));
  const [input, output] = captionsBy(plan, [before, after]);
  return { input: input.text, output: output.text };
}

/** Captions of all scenes in the plan's form, or in the first shorter one in which none is too long. */
function captionsBy(plan: CaptionPlan, scenes: readonly Scene[]): Caption[] {
  const said = scenes.map((scene) => saidOf(scene, plan));
  const compose = (form: CaptionForm) => scenes.map((scene, i) => composeCaption(scene, plan, said[i], form));
  let texts = compose(plan.form);
  if (texts.some((text) => wordCount(text) < FEWEST_WORDS)) return captionsBy(saysAll(plan), scenes);
  for (const form of ["tags", "short-tags"] as const) {
    if (!texts.every(isShort)) texts = compose(form);
  }
  return texts.map((text, i) => ({ text, said: said[i] }));
}

function isShort(text: string): boolean {
  const words = wordCount(text);
  return words <= MOST_WORDS && words + count(text, ",") <= MOST_TOKENS;
}

function wordCount(text: string): number {
  return count(text, " ") + 1;
}

function count(text: string, character: string): number {
  let found = 0;
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) found++;
  return found;
}
