/** Measuring edits: what a model makes of a pair's picture, and what it is held against, each scored exactly. */

import { invariant } from "../../errors.ts";
import type { ClipReader } from "../../eval/clip-reader.ts";
import { type ClipSimilarities, clipSimilarities } from "../../eval/clip-similarity.ts";
import type { Measurement, Row, Trial } from "../../eval/trials.ts";
import type { Image } from "../../image/image.ts";
import { torchCpuRandom } from "../../random.ts";
import { differences } from "../attributes.ts";
import { type Edit, sampleEdit } from "../edits.ts";
import type { Pair } from "../pairs.ts";
import { renderScene } from "../render.ts";
import type { ReadStates } from "../scorer/reader.ts";
import type { Autoencode } from "./autoencode.ts";
import { type Condition, conditionKey, type PlannedEdit } from "./edit-plan.ts";
import { type EditScore, editMask, scoreEdit } from "./score-edit.ts";
import { pairSeed, type TestSet, testPair } from "./test-sets.ts";

/** Whatever edits a picture as an instruction says; the same arguments give the same picture. */
export type Editor = (
  image: Image,
  instruction: string,
  options: {
    readonly textGuidance: number;
    readonly imageGuidance: number;
    readonly seed: number;
    readonly steps: number;
  },
) => Promise<Image>;

/** What is measured, and what measures it. */
export interface EditSubject {
  readonly editor: Editor;
  readonly read: ReadStates;
  /** Needed where a plan has `autoencoded-truth`. */
  readonly autoencode?: Autoencode;
  /** Without one, rows have no `clip`. */
  readonly clip?: ClipReader;
}

export interface EditTrialOptions {
  /** Sampling steps of an edit. */
  readonly steps: number;
  /** Seed of the first pair of every set; the noise of an edit has its pair's seed. Default 0. */
  readonly firstSeed?: number;
}

/** One condition of one pair, scored. */
export interface EditRow extends Row, EditScore {
  readonly type: "edit";
  readonly set: TestSet;
  readonly index: number;
  readonly kind: Edit["kind"];
  /** What the model was told, or would have been. */
  readonly instruction: string;
  readonly condition: Condition;
  readonly clip?: ClipSimilarities;
}

interface Example {
  readonly pair: Pair;
  readonly seed: number;
  readonly input: Image;
  readonly target: Image;
  readonly mask: Uint8Array;
}

/** A trial for everything in a plan, in its order. */
export function editTrials(
  subject: EditSubject,
  plan: readonly PlannedEdit[],
  options: EditTrialOptions,
): Trial<EditRow>[] {
  const { firstSeed = 0, steps } = options;
  let latest: { readonly key: string; readonly example: Example } | undefined;
  const exampleOf = (set: TestSet, index: number) => {
    const key = `${set} ${index}`;
    if (latest?.key !== key) latest = { key, example: makeExample(set, index, firstSeed) };
    return latest.example;
  };
  return plan.map(({ set, index, condition }) => {
    const key = editKey(set, index, condition);
    const measure = async (): Promise<Measurement<EditRow>> => {
      const example = exampleOf(set, index);
      const { pair, input, target, mask } = example;
      const { instruction, picture } = await outputOf(example, condition, { ...subject, steps });
      const [read] = await subject.read([picture]);
      const score = scoreEdit({ pair, input, output: picture, read, target, mask });
      const clip = subject.clip && (await clipOf(subject.clip, pair, [input, picture]));
      const kind = pair.editKind;
      return { row: { key, type: "edit", set, index, kind, instruction, condition, ...score, clip }, picture };
    };
    return { key, group: condition.name, measure };
  });
}

/** The key of an edit's row. */
export function editKey(set: TestSet, index: number, condition: Condition): string {
  return `${set} ${index} ${conditionKey(condition)}`;
}

function makeExample(set: TestSet, index: number, firstSeed: number): Example {
  const pair = testPair(set, index, firstSeed);
  return {
    pair,
    seed: pairSeed(set, index, firstSeed),
    input: renderScene(pair.before),
    target: renderScene(pair.after),
    mask: editMask(pair),
  };
}

interface Output {
  readonly instruction: string;
  readonly picture: Image;
}

async function outputOf(
  { pair, seed, input, target }: Example,
  condition: Condition,
  { editor, autoencode, steps }: EditSubject & { readonly steps: number },
): Promise<Output> {
  const { instruction } = pair;
  switch (condition.name) {
    case "edited":
      return { instruction, picture: await editor(input, instruction, { ...scalesOf(condition), seed, steps }) };
    case "wrong-instruction": {
      const other = otherEdit(pair, seed).instruction;
      return { instruction: other, picture: await editor(input, other, { ...scalesOf(condition), seed, steps }) };
    }
    case "unchanged":
      return { instruction, picture: input };
    case "truth":
      return { instruction, picture: target };
    case "autoencoded-truth":
      invariant(autoencode !== undefined, "a plan with autoencoded targets, and no autoencoder");
      return { instruction, picture: await autoencode(target) };
    case "other-edit": {
      const other = otherEdit(pair, seed);
      return { instruction: other.instruction, picture: renderScene(other.target) };
    }
  }
}

function scalesOf({ textGuidance, imageGuidance }: Condition & { name: "edited" | "wrong-instruction" }) {
  return { textGuidance, imageGuidance };
}

/** Added to a pair's seed for the stream that its other edit is drawn from. */
const OTHER_EDIT = 2 ** 31;

/** An edit of the pair's scene that leads elsewhere. */
export function otherEdit({ before, after }: Pair, seed: number): Edit {
  const random = torchCpuRandom(seed + OTHER_EDIT);
  for (;;) {
    const edit = sampleEdit(before, random);
    if (edit !== undefined && differences(edit.target, after).length > 0) return edit;
  }
}

async function clipOf(
  clip: ClipReader,
  { captions }: Pair,
  [input, output]: readonly [Image, Image],
): Promise<ClipSimilarities> {
  return clipSimilarities({
    images: [await clip.image(input), await clip.image(output)],
    captions: [await clip.text(captions.input), await clip.text(captions.output)],
  });
}
