/** What is held out of training: combinations of object, colour and edit, and ways of phrasing an instruction. */

import type { Colour, Kind } from "./scene.ts";

/** The edits of one object. */
export const OBJECT_EDIT_KINDS = ["recolour", "replace", "add", "remove", "material", "resize"] as const;
export type ObjectEditKind = (typeof OBJECT_EDIT_KINDS)[number];

/** Kinds of edit. A compound joins two others. */
export const EDIT_KINDS = [
  ...OBJECT_EDIT_KINDS,
  ...["time", "weather", "season", "style", "background", "compound"],
] as const;
export type EditKind = (typeof EDIT_KINDS)[number];

/**
 * What an edit may consist of. Pairs for training never use a held-out combination or phrasing. Of the other splits, each
 * always uses what its name says, and nothing else that is held out: `held-out` uses both. Combinations exist only in
 * edits of objects, so the splits `unseen-combinations` and `held-out` have no others.
 */
export const SPLITS = ["train", "unseen-combinations", "unseen-phrasings", "held-out"] as const;
export type Split = (typeof SPLITS)[number];

/** Training scenes have at most so many objects, before an edit and after it; scenes with more are held out. */
export const TRAINED_OBJECTS = 3;

/**
 * Whether an edit of kind `edit` that acts on, or brings about, an object of this kind and colour is held out of training:
 * 114 of the 960 combinations, chosen by a fixed hash.
 */
export function heldOutCombination(kind: Kind, colour: Colour, edit: ObjectEditKind): boolean {
  return hash(`${kind} ${colour} ${edit}`) % 10 === 0;
}

export function usesUnseenCombinations(split: Split): boolean {
  return split === "unseen-combinations" || split === "held-out";
}

export function usesUnseenPhrasings(split: Split): boolean {
  return split === "unseen-phrasings" || split === "held-out";
}

/** FNV-1a of the text's characters, with MurmurHash3's last step, which mixes the low bits. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (const character of text) h = Math.imul(h ^ character.charCodeAt(0), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
