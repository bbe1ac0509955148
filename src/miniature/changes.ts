/** Changes: what an edit makes of a scene, before anybody has put it into words. */

import type { Random } from "../random.ts";
import { differences, occupiedSlots } from "./attributes.ts";
import {
  type EditKind,
  heldOutCombination,
  OBJECT_EDIT_KINDS,
  type ObjectEditKind,
  TRAINED_OBJECTS,
} from "./hold-out.ts";
import {
  COLOURS,
  choose,
  GROUND_KINDS,
  type Kind,
  MATERIALS,
  PLACES,
  type Scene,
  type SceneObject,
  SEASONS,
  SIZES,
  SKY_KINDS,
  SLOTS,
  type Slot,
  STYLES,
  sampleObject,
  TIMES,
  WEATHERS,
} from "./scene.ts";

export type SimpleEditKind = Exclude<EditKind, "compound">;
type SceneEditKind = Exclude<SimpleEditKind, ObjectEditKind>;

/** A change of one thing. */
export type Change =
  | { readonly kind: ObjectEditKind; readonly slot: Slot; readonly before: Scene; readonly after: Scene }
  | { readonly kind: SceneEditKind; readonly before: Scene; readonly after: Scene };

/** A random change of the given kind; undefined where the scene does not allow one, having no object or no room. */
export function sampleChange(scene: Scene, kind: SimpleEditKind, random: Random): Change | undefined {
  if (!isObjectEdit(kind))
    return { kind, before: scene, after: { ...scene, ...sampleSceneChange(scene, kind, random) } };
  const occupied = occupiedSlots(scene);
  const slots = kind === "add" ? SLOTS.filter((slot) => !occupied.includes(slot)) : occupied;
  if (slots.length === 0 || (kind === "add" && occupied.length >= TRAINED_OBJECTS)) return undefined;
  const slot = choose(random, slots);
  const { [slot]: object, ...others } = scene.objects;
  const changed = sampleObjectChange(kind, object ?? sampleObject(random, slot), slot, random);
  return { kind, slot, before: scene, after: { ...scene, objects: changed ? { ...others, [slot]: changed } : others } };
}

/** Two changes of different attributes, one after the other; undefined where the scene does not allow what was drawn. */
export function sampleTwoChanges(scene: Scene, random: Random): readonly [Change, Change] | undefined {
  const first = sampleChange(scene, choose(random, SIMPLE_EDIT_KINDS), random);
  const second = first && sampleChange(first.after, choose(random, SIMPLE_EDIT_KINDS), random);
  if (first === undefined || second === undefined) return undefined;
  const touched = changedBy(first);
  return changedBy(second).some((path) => touched.includes(path)) ? undefined : [first, second];
}

/** Whether a change acts on, or brings about, an object whose combination with this kind of edit is held out. */
export function isHeldOut(change: Change): boolean {
  if (!("slot" in change)) return false;
  const { kind, slot, before, after } = change;
  return [before.objects[slot], after.objects[slot]].some(
    (object) => object !== undefined && heldOutCombination(object.kind, object.colour, kind),
  );
}

const SIMPLE_EDIT_KINDS: readonly SimpleEditKind[] = [
  ...OBJECT_EDIT_KINDS,
  ...(["time", "weather", "season", "style", "background"] as const),
];

function changedBy({ before, after }: Change): string[] {
  return differences(before, after);
}

function isObjectEdit(kind: SimpleEditKind): kind is ObjectEditKind {
  return (OBJECT_EDIT_KINDS as readonly string[]).includes(kind);
}

function sampleObjectChange(
  kind: ObjectEditKind,
  object: SceneObject,
  slot: Slot,
  random: Random,
): SceneObject | undefined {
  switch (kind) {
    case "recolour":
      return { ...object, colour: another(random, COLOURS, object.colour) };
    case "replace":
      return { ...object, kind: another<Kind>(random, slot === "sky" ? SKY_KINDS : GROUND_KINDS, object.kind) };
    case "material":
      return { ...object, material: another(random, MATERIALS, object.material) };
    case "resize":
      return { ...object, size: another(random, SIZES, object.size) };
    case "add":
      return object;
    case "remove":
      return undefined;
  }
}

function sampleSceneChange(scene: Scene, kind: SceneEditKind, random: Random): Partial<Scene> {
  switch (kind) {
    case "time":
      return { time: another(random, TIMES, scene.time) };
    case "weather":
      return { weather: another(random, WEATHERS, scene.weather) };
    case "season":
      return { season: another(random, SEASONS, scene.season) };
    case "style":
      return { style: another(random, STYLES, scene.style) };
    case "background":
      return { place: another(random, PLACES, scene.place) };
  }
}

function another<Value>(random: Random, values: readonly Value[], not: Value): Value {
  return choose(
    random,
    values.filter((value) => value !== not),
  );
}
