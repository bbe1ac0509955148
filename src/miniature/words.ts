/** The words of the miniature world: what its values are called in English, with synonyms. */

import type { Random } from "../random.ts";
import type { Colour, Kind, Material, Place, Season, Size, Slot, Style, Time, Weather } from "./scene.ts";
import { choose } from "./scene.ts";

/** Words for each value; a common word may stand twice, to be said more often. */
export type Words<Value extends string> = Readonly<Record<Value, readonly string[]>>;

export const COLOUR_WORDS: Words<Colour> = {
  red: ["red", "red", "crimson"],
  orange: ["orange"],
  yellow: ["yellow", "yellow", "golden"],
  green: ["green"],
  blue: ["blue"],
  purple: ["purple", "violet"],
  white: ["white"],
  black: ["black"],
};

export const KIND_WORDS: Words<Kind> = {
  ball: ["ball"],
  house: ["house", "house", "cottage"],
  tree: ["tree"],
  car: ["car", "car", "automobile"],
  boat: ["boat", "boat", "ship"],
  cup: ["cup", "mug"],
  vase: ["vase"],
  mushroom: ["mushroom", "mushroom", "toadstool"],
  tent: ["tent"],
  lamp: ["lamp"],
  cat: ["cat", "cat", "kitten"],
  chair: ["chair"],
  umbrella: ["umbrella", "umbrella", "parasol"],
  apple: ["apple"],
  cactus: ["cactus"],
  rocket: ["rocket", "rocket", "spaceship"],
  balloon: ["balloon"],
  kite: ["kite"],
  bird: ["bird"],
  plane: ["plane", "airplane"],
};

/** Materials as adjectives. */
export const MATERIAL_WORDS: Words<Material> = {
  plain: ["plain"],
  wooden: ["wooden"],
  metal: ["metal", "metallic"],
};

export const SIZE_WORDS: Words<Size> = { small: ["small", "small", "little"], large: ["large", "big"] };

export const SLOT_PHRASES: Words<Slot> = {
  left: ["on the left", "on the left", "to the left", "on the left side"],
  middle: ["in the middle", "in the middle", "in the center", "in the centre"],
  right: ["on the right", "on the right", "to the right", "on the right side"],
  sky: ["in the sky", "in the sky", "in the air", "up above"],
};

/** Times as nouns that an adjective can precede: "a rainy …". */
export const TIME_NOUNS: Words<Time> = { day: ["day"], sunset: ["evening"], night: ["night"] };

/** Times after "it is". */
export const TIME_NAMES: Words<Time> = {
  day: ["day", "daytime"],
  sunset: ["sunset", "evening", "dusk"],
  night: ["night", "nighttime"],
};

export const TIME_PHRASES: Words<Time> = {
  day: ["by day", "during the day", "in daylight"],
  sunset: ["at sunset", "at sunset", "in the evening", "at dusk"],
  night: ["at night", "at night", "by night"],
};

export const WEATHER_ADJECTIVES: Words<Weather> = {
  clear: ["clear"],
  cloudy: ["cloudy", "cloudy", "overcast"],
  rain: ["rainy"],
  snow: ["snowy"],
  fog: ["foggy", "foggy", "misty"],
};

export const WEATHER_PHRASES: Words<Weather> = {
  clear: ["under a clear sky", "in clear weather"],
  cloudy: ["under a cloudy sky", "in cloudy weather", "under the clouds"],
  rain: ["in the rain", "in rainy weather"],
  snow: ["in falling snow", "in snowy weather"],
  fog: ["in the fog", "in foggy weather", "in the mist"],
};

export const SEASON_PHRASES: Words<Season> = {
  spring: ["in spring"],
  summer: ["in summer"],
  autumn: ["in autumn", "in autumn", "in the fall"],
  winter: ["in winter"],
};

/** Places as nouns without an article. */
export const PLACE_NOUNS: Words<Place> = {
  meadow: ["meadow", "meadow", "field"],
  beach: ["beach"],
  desert: ["desert"],
  street: ["street", "city street"],
  table: ["table", "garden table"],
};

export const PLACE_PHRASES: Words<Place> = {
  meadow: ["in a meadow", "in a meadow", "in a field", "on a meadow"],
  beach: ["on a beach", "on the beach", "at the beach"],
  desert: ["in a desert", "in the desert"],
  street: ["on a street", "in the street", "on a city street"],
  table: ["on a table", "on a table", "on a garden table"],
};

/** Styles as things, with their articles. */
export const STYLE_THINGS: Words<Style> = {
  photo: ["a photo", "a photo", "a photograph"],
  pencil: ["a pencil drawing", "a pencil drawing", "a pencil sketch"],
  watercolour: ["a watercolour painting", "a watercolor painting", "a watercolour", "a watercolor"],
  "pixel-art": ["pixel art", "pixel art", "a pixel art image"],
  neon: ["neon art", "a neon sign", "a neon picture"],
  "stained-glass": ["a stained glass window", "stained glass", "stained glass art"],
};

/** One of the words for `value`. */
export function say<Value extends string>(random: Random, words: Words<Value>, value: Value): string {
  return choose(random, words[value]);
}

/** A phrase with its indefinite article: "a red boat", "an orange cat". */
export function indefinite(phrase: string): string {
  return `${/^[aeiou]/.test(phrase) ? "an" : "a"} ${phrase}`;
}
