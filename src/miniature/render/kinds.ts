/** The looks of all kinds of objects. */

import type { Kind } from "../scene.ts";
import { ball, chair, cup, house, lamp, tent, umbrella, vase } from "./household.ts";
import { apple, bird, cactus, cat, kite, mushroom, tree } from "./nature.ts";
import type { Part } from "./parts.ts";
import { balloon, boat, car, plane, rocket } from "./vehicles.ts";

/** The parts of each kind, from the back to the front. */
export const KIND_PARTS: Readonly<Record<Kind, readonly Part[]>> = {
  ...{ ball, house, tree, car, boat, cup, vase, mushroom, tent, lamp, cat, chair, umbrella, apple, cactus, rocket },
  ...{ balloon, kite, bird, plane },
};
