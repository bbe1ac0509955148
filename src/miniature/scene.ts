/**
 * The state of a miniature scene: everything there is to know about a picture of this small closed world. Captions are said
 * of it, edits change it, the renderer draws it and the scorer reads it back.
 */

import type { Random } from "../random.ts";

export const TIMES = ["day", "sunset", "night"] as const;
export const WEATHERS = ["clear", "cloudy", "rain", "snow", "fog"] as const;
export const SEASONS = ["spring", "summer", "autumn", "winter"] as const;
/** Landscapes, and a still life on a garden table. */
export const PLACES = ["meadow", "beach", "desert", "street", "table"] as const;
export const STYLES = ["photo", "pencil", "watercolour", "pixel-art", "neon", "stained-glass"] as const;

export const COLOURS = ["red", "orange", "yellow", "green", "blue", "purple", "white", "black"] as const;
/** `plain` is what goes without saying. */
export const MATERIALS = ["plain", "wooden", "metal"] as const;
export const SIZES = ["small", "large"] as const;
/** What stands on the ground. */
export const GROUND_KINDS = [
  ...["ball", "house", "tree", "car", "boat", "cup", "vase"],
  ...["mushroom", "tent", "lamp", "cat", "chair", "umbrella", "apple", "cactus", "rocket"],
] as const;
/** What hangs in the air. */
export const SKY_KINDS = ["balloon", "kite", "bird", "plane"] as const;
export const KINDS = [...GROUND_KINDS, ...SKY_KINDS] as const;
/** Where an object is: three places side by side on the ground and one in the air. At most one object each. */
export const SLOTS = ["left", "middle", "right", "sky"] as const;

export type Time = (typeof TIMES)[number];
export type Weather = (typeof WEATHERS)[number];
export type Season = (typeof SEASONS)[number];
export type Place = (typeof PLACES)[number];
export type Style = (typeof STYLES)[number];
export type Colour = (typeof COLOURS)[number];
export type Material = (typeof MATERIALS)[number];
export type Size = (typeof SIZES)[number];
export type Kind = (typeof KINDS)[number];
export type Slot = (typeof SLOTS)[number];

export interface SceneObject {
  readonly kind: Kind;
  readonly colour: Colour;
  readonly material: Material;
  readonly size: Size;
}

/** A scene. Two scenes of the same `layout` have everything in the same pixels, but for what their states say. */
export interface Scene {
  readonly time: Time;
  readonly weather: Weather;
  readonly season: Season;
  readonly place: Place;
  readonly style: Style;
  readonly objects: Readonly<Partial<Record<Slot, SceneObject>>>;
  /** Seeds what no word says: small displacements of objects, clouds and hills. A whole number in 0 … 2³² − 1. */
  readonly layout: number;
}

/** One of `values`, all equally likely. */
export function choose<Value>(random: Random, values: readonly Value[]): Value {
  return values[random.integer(values.length)];
}

/** An object that fits `slot`. Large and small, and all materials, are equally likely. */
export function sampleObject(random: Random, slot: Slot): SceneObject {
  return {
    kind: choose<Kind>(random, slot === "sky" ? SKY_KINDS : GROUND_KINDS),
    colour: choose(random, COLOURS),
    material: choose(random, MATERIALS),
    size: choose(random, SIZES),
  };
}

/**
 * A scene with `objects` objects (default 1 to 3, which is what models are trained on; 4 fills every slot). Half of all
 * scenes look like photographs, the others have one of the other styles.
 */
export function sampleScene(random: Random, options: { readonly objects?: number } = {}): Scene {
  const count = options.objects ?? 1 + random.integer(3);
  const free = [...SLOTS];
  const slots = Array.from({ length: count }, () => free.splice(random.integer(free.length), 1)[0]);
  return {
    time: choose(random, TIMES),
    weather: choose(random, WEATHERS),
    season: choose(random, SEASONS),
    place: choose(random, PLACES),
    style: random.uniform() < 0.5 ? "photo" : choose(random, STYLES.slice(1)),
    objects: Object.fromEntries(
      SLOTS.filter((slot) => slots.includes(slot)).map((slot) => [slot, sampleObject(random, slot)]),
    ),
    layout: random.integer(2 ** 32),
  };
}
