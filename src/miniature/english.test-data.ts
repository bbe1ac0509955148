/** Reads the miniature's English: what words mean, written down independently of what writes them. */

import type { Scene, SceneObject, Slot } from "./scene.ts";

const COLOURS: Readonly<Record<string, string>> = {
  ...{ red: "red", crimson: "red", orange: "orange", yellow: "yellow", golden: "yellow", green: "green", blue: "blue" },
  ...{ purple: "purple", violet: "purple", white: "white", black: "black" },
};
const MATERIALS: Readonly<Record<string, string>> = {
  ...{ plain: "plain", wooden: "wooden", metal: "metal", metallic: "metal" },
};
const SIZES: Readonly<Record<string, string>> = { small: "small", little: "small", large: "large", big: "large" };
const KINDS: Readonly<Record<string, string>> = {
  ...{ ball: "ball", house: "house", cottage: "house", tree: "tree", car: "car", automobile: "car", boat: "boat" },
  ...{ ship: "boat", cup: "cup", mug: "cup", vase: "vase", mushroom: "mushroom", toadstool: "mushroom", tent: "tent" },
  ...{ lamp: "lamp", cat: "cat", kitten: "cat", chair: "chair", umbrella: "umbrella", parasol: "umbrella" },
  ...{ apple: "apple", cactus: "cactus", rocket: "rocket", spaceship: "rocket", balloon: "balloon", kite: "kite" },
  ...{ bird: "bird", plane: "plane", airplane: "plane" },
};
const SLOTS: Readonly<Record<string, Slot>> = {
  ...{ "on the left side": "left", "on the left": "left", "to the left": "left", left: "left" },
  ...{ "in the middle": "middle", "in the center": "middle", "in the centre": "middle", middle: "middle" },
  ...{ "on the right side": "right", "on the right": "right", "to the right": "right", right: "right" },
  ...{ "in the sky": "sky", "in the air": "sky", "up above": "sky", sky: "sky" },
};

const either = (words: Readonly<Record<string, string>>) => Object.keys(words).join("|");
const ADJECTIVE = `(?:${[COLOURS, MATERIALS, SIZES].map(either).join("|")})`;
const NOUN = `(?:${either(KINDS)}|thing|object)`;
const SLOT = `(?:${either(SLOTS)})`;

/** A noun phrase, read: only what it says is there. */
export type Reading = Partial<SceneObject> & { readonly slot?: Slot };

/** The objects that a text speaks of with "the", such as "the red ball on the left". */
export function definiteObjects(text: string): Reading[] {
  return read(text, `\\bthe ((?:${ADJECTIVE} )*)(${NOUN})\\b(?: (${SLOT})\\b)?`);
}

/** All objects that a text speaks of, with and without articles. */
export function objectsIn(text: string): Reading[] {
  return read(text, `((?:\\b${ADJECTIVE} )*)\\b(${NOUN})\\b(?: (${SLOT})\\b)?`);
}

/** The slots that a text names. */
export function slotsIn(text: string): Slot[] {
  return Array.from(text.matchAll(new RegExp(`\\b${SLOT}\\b`, "g")), ([words]) => SLOTS[words]);
}

/** The slots of the scene whose objects fit a reading. */
export function resolve(scene: Scene, reading: Reading): string[] {
  return Object.entries(scene.objects)
    .filter(([slot, object]) =>
      Object.entries(reading).every(([name, value]) => value === { ...object, slot }[name as keyof Reading]),
    )
    .map(([slot]) => slot);
}

function read(text: string, pattern: string): Reading[] {
  return Array.from(text.matchAll(new RegExp(pattern, "g")), ([, adjectives, noun, slot]) => {
    const words = [...adjectives.trim().split(" "), noun];
    const found = (meanings: Readonly<Record<string, string>>) => words.map((word) => meanings[word]).find(Boolean);
    const all = {
      ...{ kind: found(KINDS), colour: found(COLOURS), material: found(MATERIALS), size: found(SIZES) },
      slot: SLOTS[slot],
    };
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Reading;
  });
}
