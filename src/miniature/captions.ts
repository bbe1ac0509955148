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
  const captions = captionsIn(firstFitting(plan, scenes), plan, scenes);
  const tooShort = captions.some(({ text }) => wordCount(text) < FEWEST_WORDS);
  return tooShort ? captionsIn(firstFitting(saysAll(plan), scenes), saysAll(plan), scenes) : captions;
}

function firstFitting(plan: CaptionPlan, scenes: readonly Scene[]): CaptionForm {
  const forms = [plan.form, "tags", "short-tags"] as const;
  return forms.find((form) => captionsIn(form, plan, scenes).every(({ text }) => isShort(text))) ?? "short-tags";
}

function captionsIn(form: CaptionForm, plan: CaptionPlan, scenes: readonly Scene[]): Caption[] {
  return scenes.map((scene) => {
    const said = saidOf(scene, plan);
    return { said, text: composeCaption(scene, plan, said, form) };
  });
}

function isShort(text: string): boolean {
  const words = wordCount(text);
  return words <= MOST_WORDS && words + text.split(",").length - 1 <= MOST_TOKENS;
}

function wordCount(text: string): number {
  return text.split(" ").length;
}
