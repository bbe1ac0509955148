/** Edits with their ground truth: an instruction in English and the scene that it asks for. */

import type { Random } from "../random.ts";
import { type AttributePath, differences } from "./attributes.ts";
import { type Change, isHeldOut, type SimpleEditKind, sampleChange, sampleTwoChanges } from "./changes.ts";
import { dayWords, editWords, manyWords } from "./edit-words.ts";
import { EDIT_KINDS, type EditKind, type Split, usesUnseenCombinations, usesUnseenPhrasings } from "./hold-out.ts";
import { COMPOUND_PHRASINGS, type EditWords, fill, fitting, PHRASINGS, type Phrasings } from "./phrasings.ts";
import { choose, type Scene } from "./scene.ts";

export interface Edit {
  /** `no-op` asks for what already is; it serves evaluation only. */
  readonly kind: EditKind | "no-op";
  /** Lower case, at most 38 tokens of the miniature's tokenizer. */
  readonly instruction: string;
  /** What the instruction asks for. Equal to the scene for a no-op, otherwise different. */
  readonly target: Scene;
  /** Where the target differs from the scene. */
  readonly changed: readonly AttributePath[];
  /** The template of the instruction, which identifies its phrasing; of a compound, that which joins. */
  readonly phrasing: string;
}

export interface EditOptions {
  /** Default `train`. */
  readonly split?: Split;
  /** Kinds to draw from, all equally likely. Default: all of `EDIT_KINDS`, which has no `no-op`. */
  readonly kinds?: readonly Edit["kind"][];
}

/** Draws before giving up on a scene. */
const ATTEMPTS = 100;
/** Kinds of edit for which a scene can already be what they ask for. */
const NO_OP_KINDS = ["recolour", "material", "resize", "time", "weather", "season", "style", "background"] as const;
const LOOK_KINDS: readonly string[] = ["recolour", "material", "resize"];
const OUTDOOR_KINDS: readonly string[] = ["time", "weather", "season"];

/**
 * A random edit of `scene`. Its instruction is unambiguous: whatever it refers to, exists once.
 *
 * Undefined when the scene allows no edit of these kinds in this split, as when an empty scene's objects are to change, or
 * when no combination of its objects is held out and the split wants one.
 */
export function sampleEdit(scene: Scene, random: Random, options: EditOptions = {}): Edit | undefined {
  const { split = "train", kinds = EDIT_KINDS } = options;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const kind = choose(random, kinds);
    const changes = sampleChanges(scene, kind, random);
    if (changes === undefined || changes.some(isHeldOut) !== usesUnseenCombinations(split)) continue;
    const said = kind === "compound" ? phraseTwo : phraseOne;
    const { phrasing, instruction } = said(changes, random, usesUnseenPhrasings(split));
    const target = changes[changes.length - 1].after;
    return { kind, instruction: punctuate(instruction, random), target, changed: differences(scene, target), phrasing };
  }
  return undefined;
}

type Said = Pick<Edit, "instruction" | "phrasing">;

function sampleChanges(scene: Scene, kind: Edit["kind"], random: Random): readonly Change[] | undefined {
  if (kind === "compound") return sampleTwoChanges(scene, random);
  if (kind !== "no-op") return listOf(sampleChange(scene, kind, random));
  const change = sampleChange(scene, choose<SimpleEditKind>(random, NO_OP_KINDS), random);
  return listOf(change && { ...change, after: scene });
}

function listOf(change: Change | undefined): readonly Change[] | undefined {
  return change && [change];
}

function phraseOne([change]: readonly Change[], random: Random, unseen: boolean): Said {
  return phrase(PHRASINGS[change.kind], editWords(change, random), random, unseen);
}

function phraseTwo([first, second]: readonly Change[], random: Random, unseen: boolean): Said {
  const kinds = [first.kind, second.kind];
  const { before } = first;
  const { after } = second;
  if ("slot" in first && "slot" in second && first.slot === second.slot) {
    const name = kinds.every((kind) => LOOK_KINDS.includes(kind)) ? "looks" : "replacement";
    return phrase(COMPOUND_PHRASINGS[name], manyWords(before, after, first.slot, random), random, unseen);
  }
  if (kinds.every((kind) => OUTDOOR_KINDS.includes(kind)) && random.uniform() < 0.5) {
    return phrase(COMPOUND_PHRASINGS.outdoors, dayWords(before, after, random), random, unseen);
  }
  const it = [first, second].some((change) => "slot" in change) ? ["everything", "the scene", "the picture"] : ["it"];
  const words = {
    first: command(first, random, { scenes: [before], it }),
    second: command(second, random, { scenes: [before, first.after], it }),
  };
  return phrase(COMPOUND_PHRASINGS.joined, words, random, unseen);
}

/**
 * A change as a command that can be joined with another. Its references hold in all of `scenes`, and the scene itself is
 * called one of `it`. Words for the whole day, such as "a starry night", are left out: the other change may contradict
 * them.
 */
function command(
  change: Change,
  random: Random,
  { scenes, it }: { readonly scenes: readonly Scene[]; readonly it: readonly string[] },
): string {
  const words = { ...editWords(change, random, scenes), it: choose(random, it), day: undefined, timeThing: undefined };
  return fill(choose(random, fitting(PHRASINGS[change.kind].commands, words)), words, random);
}

function phrase({ commands, remarks, unseen }: Phrasings, words: EditWords, random: Random, useUnseen: boolean): Said {
  const phrasing = choose(random, fitting(useUnseen ? unseen : [...commands, ...remarks], words));
  return { phrasing, instruction: fill(phrasing, words, random) };
}

/** Ends half of all questions and some sentences as one does in writing. */
function punctuate(sentence: string, random: Random): string {
  const asks = /^(what|how|can|could)\b/.test(sentence);
  const end = asks ? "?" : ".";
  return random.uniform() < (asks ? 0.5 : 0.15) ? sentence + end : sentence;
}
