/** The attributes of a scene by name, and in which of them two scenes differ. */

import { type Scene, type SceneObject, SLOTS, type Slot } from "./scene.ts";

/** What holds for a whole scene. */
export const SCENE_ATTRIBUTES = ["time", "weather", "season", "place", "style"] as const;
export type SceneAttribute = (typeof SCENE_ATTRIBUTES)[number];

/** What holds for one object. */
export const OBJECT_ATTRIBUTES = [
  "kind",
  "colour",
  "material",
  "size",
] as const satisfies readonly (keyof SceneObject)[];
export type ObjectAttribute = (typeof OBJECT_ATTRIBUTES)[number];

/** An attribute of a scene or of the object in a slot, such as `time` or `left.colour`. */
export type AttributePath = SceneAttribute | `${Slot}.${ObjectAttribute}`;

/** The slots that hold an object, in the order of `SLOTS`. */
export function occupiedSlots(scene: Scene): Slot[] {
  return SLOTS.filter((slot) => scene.objects[slot] !== undefined);
}

/** Where two scenes differ. An object that only one of them has differs in all its attributes. */
export function differences(before: Scene, after: Scene): AttributePath[] {
  return [
    ...SCENE_ATTRIBUTES.filter((name) => before[name] !== after[name]),
    ...SLOTS.flatMap((slot) =>
      OBJECT_ATTRIBUTES.filter((name) => before.objects[slot]?.[name] !== after.objects[slot]?.[name]).map(
        (name): AttributePath => `${slot}.${name}`,
      ),
    ),
  ];
}
