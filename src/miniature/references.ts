/** References: noun phrases that name one object of a scene and no other. */

import type { Random } from "../random.ts";
import { occupiedSlots } from "./attributes.ts";
import { choose, type Scene, type SceneObject, type Slot } from "./scene.ts";
import { COLOUR_WORDS, indefinite, KIND_WORDS, MATERIAL_WORDS, SIZE_WORDS, SLOT_PHRASES, say } from "./words.ts";

/** Ways to refer to an object, the plainest first. */
const FORMS = ["kind", "colour", "material", "size", "colour-thing", "kind-slot", "slot"] as const;
export type ReferenceForm = (typeof FORMS)[number];

/** How often each form is drawn, relative to the others that are unambiguous. */
const WEIGHTS: Readonly<Record<ReferenceForm, number>> = {
  kind: 10,
  colour: 5,
  material: 1,
  size: 1,
  "colour-thing": 1,
  "kind-slot": 2,
  slot: 2,
};

/** What else a form asks of an object, where it does not say the slot. */
const SAYS: Readonly<Record<Exclude<ReferenceForm, "kind-slot" | "slot">, readonly (keyof SceneObject)[]>> = {
  kind: ["kind"],
  colour: ["colour", "kind"],
  material: ["material", "kind"],
  size: ["size", "kind"],
  "colour-thing": ["colour"],
};

/** Whether `form` names the object in `slot` and no other of the scene. */
export function isUnambiguous(scene: Scene, slot: Slot, form: ReferenceForm): boolean {
  const object = scene.objects[slot];
  if (object === undefined) return false;
  if (form === "slot" || form === "kind-slot") return true;
  if (form === "material" && object.material === "plain") return false;
  return occupiedSlots(scene).every(
    (other) => other === slot || SAYS[form].some((name) => scene.objects[other]?.[name] !== object[name]),
  );
}

/**
 * A noun phrase such as "the red ball" or "the thing on the left" for the object in `slot`, unambiguous in every one of
 * `scenes`, in all of which the object is the same. Forms in `avoid` are not used.
 */
export function sampleReference(
  scenes: readonly Scene[],
  slot: Slot,
  random: Random,
  options: { readonly avoid?: readonly ReferenceForm[] } = {},
): string {
  const { avoid = [] } = options;
  const forms = FORMS.filter(
    (form) => !avoid.includes(form) && scenes.every((scene) => isUnambiguous(scene, slot, form)),
  );
  const form = choose(
    random,
    forms.flatMap((name) => Array<ReferenceForm>(WEIGHTS[name]).fill(name)),
  );
  return `the ${phrase(scenes[0].objects[slot]!, slot, form, random)}`;
}

function phrase(object: SceneObject, slot: Slot, form: ReferenceForm, random: Random): string {
  const kind = say(random, KIND_WORDS, object.kind);
  const thing = choose(random, ["thing", "object"]);
  const colour = say(random, COLOUR_WORDS, object.colour);
  switch (form) {
    case "kind":
      return kind;
    case "colour":
      return `${colour} ${kind}`;
    case "material":
      return `${say(random, MATERIAL_WORDS, object.material)} ${kind}`;
    case "size":
      return `${say(random, SIZE_WORDS, object.size)} ${kind}`;
    case "colour-thing":
      return `${colour} ${thing}`;
    case "kind-slot":
      return `${kind} ${say(random, SLOT_PHRASES, slot)}`;
    case "slot":
      return `${thing} ${say(random, SLOT_PHRASES, slot)}`;
  }
}

/**
 * An object that is to be: "a small red wooden boat". What goes without saying is large and plain, so a large object is
 * only sometimes called large, and a plain one rarely plain.
 */
export function describeNew(object: SceneObject, random: Random): string {
  const size = say(random, SIZE_WORDS, object.size);
  const material = say(random, MATERIAL_WORDS, object.material);
  const sayLarge = random.uniform() < 0.4;
  const sayPlain = random.uniform() < 0.1;
  const colour = say(random, COLOUR_WORDS, object.colour);
  const kind = say(random, KIND_WORDS, object.kind);
  const words = [object.size === "small" || sayLarge ? size : "", colour, kind];
  if (object.material !== "plain") words.splice(2, 0, material);
  else if (sayPlain) words.splice(1, 0, material);
  return indefinite(words.filter((word) => word !== "").join(" "));
}
