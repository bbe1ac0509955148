/** Where the state that was read off a picture agrees with the one it should have. */

import {
  type AttributePath,
  OBJECT_ATTRIBUTES,
  type ObjectAttribute,
  SCENE_ATTRIBUTES,
  type SceneAttribute,
} from "../attributes.ts";
import { SLOTS } from "../scene.ts";
import { NOTHING, type SceneState } from "../scorer/labels.ts";

export type AttributeName = SceneAttribute | ObjectAttribute;

export const ATTRIBUTE_NAMES: readonly AttributeName[] = [...SCENE_ATTRIBUTES, ...OBJECT_ATTRIBUTES];

/** How many attributes of a name were read right, and how many there are. */
export type Count = readonly [right: number, of: number];

export interface Comparison {
  /** What was read in place of what should be there, by attribute; empty when the states are equal. */
  readonly wrong: Readonly<Partial<Record<AttributePath, string>>>;
  /** Every slot has a kind, be it `nothing`; only objects that should be there have the other attributes. */
  readonly counts: Readonly<Record<AttributeName, Count>>;
}

const PATHS: readonly { readonly path: AttributePath; readonly name: AttributeName }[] = [
  ...SCENE_ATTRIBUTES.map((name) => ({ path: name, name })),
  ...SLOTS.flatMap((slot) => OBJECT_ATTRIBUTES.map((name) => ({ path: `${slot}.${name}` as const, name }))),
];

/** The value at a path; the kind of an empty slot is `nothing`, its other attributes are undefined. */
export function valueAt(state: SceneState, path: AttributePath): string | undefined {
  const [place, name] = path.split(".");
  if (name === undefined) return state[path as SceneAttribute];
  const object = state.objects[place as (typeof SLOTS)[number]];
  return object?.[name as ObjectAttribute] ?? (name === "kind" ? NOTHING : undefined);
}

/** Compares what was read with what should be. */
export function compareStates(read: SceneState, truth: SceneState): Comparison {
  const wrong: Partial<Record<AttributePath, string>> = {};
  const counts = Object.fromEntries(ATTRIBUTE_NAMES.map((name) => [name, [0, 0]])) as Record<
    AttributeName,
    [right: number, of: number]
  >;
  for (const { path, name } of PATHS) {
    const expected = valueAt(truth, path);
    if (expected === undefined) continue;
    const value = valueAt(read, path);
    counts[name][1]++;
    if (value === expected) counts[name][0]++;
    else wrong[path] = value ?? NOTHING;
  }
  return { wrong, counts };
}
