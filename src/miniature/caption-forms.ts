/** The forms of captions: how what is said of a scene becomes a sentence. */

import { occupiedSlots } from "./attributes.ts";
import type { CaptionForm, CaptionPlan, SayablePath } from "./caption-plan.ts";
import type { Scene, Season, Slot, Style } from "./scene.ts";
import {
  COLOUR_WORDS,
  indefinite,
  KIND_WORDS,
  MATERIAL_WORDS,
  PLACE_NOUNS,
  PLACE_PHRASES,
  SEASON_PHRASES,
  SIZE_WORDS,
  SLOT_PHRASES,
  TIME_NOUNS,
  TIME_PHRASES,
  WEATHER_ADJECTIVES,
  WEATHER_PHRASES,
  type Words,
} from "./words.ts";

/** Styles before what they show. */
const STYLE_FRAMES: Words<Style> = {
  photo: ["a photo of", "a photo of", "a photograph of"],
  pencil: ["a pencil drawing of", "a pencil drawing of", "a pencil sketch of"],
  watercolour: ["a watercolour painting of", "a watercolor painting of", "a watercolour of", "a watercolor of"],
  "pixel-art": ["pixel art of", "a pixel art image of"],
  neon: ["neon art of", "a neon sign of", "a neon picture of"],
  "stained-glass": ["a stained glass window of", "stained glass art of"],
};

/** Styles after what they show. */
const STYLE_ENDINGS: Words<Style> = {
  photo: ["photo", "photo", "photograph"],
  pencil: ["pencil drawing", "pencil sketch", "drawn in pencil"],
  watercolour: ["watercolour painting", "watercolor painting", "watercolour", "watercolor"],
  "pixel-art": ["pixel art", "in pixel art style"],
  neon: ["neon art", "neon style"],
  "stained-glass": ["stained glass", "stained glass window"],
};

const STYLE_NAMES: Words<Style> = {
  photo: ["photo"],
  pencil: ["pencil drawing"],
  watercolour: ["watercolour"],
  "pixel-art": ["pixel art"],
  neon: ["neon art"],
  "stained-glass": ["stained glass"],
};

const SEASON_NAMES: Words<Season> = { spring: ["spring"], summer: ["summer"], autumn: ["autumn"], winter: ["winter"] };
const SHORT_SLOTS: Words<Slot> = { left: ["left"], middle: ["middle"], right: ["right"], sky: ["sky"] };

/** Chooses a word for what is at a path; "" where the path is not said. */
type Say = <Value extends string>(path: SayablePath, words: Words<Value>, value: Value) => string;

/** Says `said` of the scene in the given form. Every form says all of it. */
export function composeCaption(
  scene: Scene,
  plan: CaptionPlan,
  said: readonly SayablePath[],
  form: CaptionForm,
): string {
  const word: Say = (path, words, value) => (said.includes(path) ? plan.word(path, words, value) : "");
  const tags = form === "tags" || form === "short-tags";
  const slotWords = form === "short-tags" ? SHORT_SLOTS : SLOT_PHRASES;
  const objects = plan.order.flatMap((slot) => {
    if (!said.includes(`${slot}.kind`)) return [];
    const noun = objectNoun(scene, slot, word);
    return list([tags ? noun : indefinite(noun), word(`${slot}.slot`, slotWords, slot)], " ");
  });
  const placeNoun = list([isEmpty(scene) ? "empty" : "", word("place", PLACE_NOUNS, scene.place)], " ");
  const { style } = scene;

  if (tags) return list([word("style", STYLE_NAMES, style), ...objects, placeNoun, dayTag(scene, word)], ", ");
  const day = dayPhrase(scene, plan, word);
  if (objects.length === 0 || (form === "place-first" && said.includes("place"))) {
    const content = objects.length > 0 ? `with ${enumerate(objects)}` : "";
    return list([word("style", STYLE_FRAMES, style), indefinite(placeNoun), day, content], " ");
  }
  const whole = list([enumerate(objects), word("place", PLACE_PHRASES, scene.place), day], " ");
  if (form === "style-last") return list([whole, word("style", STYLE_ENDINGS, style)], ", ");
  return list([word("style", STYLE_FRAMES, style), whole], " ");
}

function isEmpty(scene: Scene): boolean {
  return occupiedSlots(scene).length === 0;
}

/** An object without article and slot: "small red wooden boat". */
function objectNoun(scene: Scene, slot: Slot, word: Say): string {
  const object = scene.objects[slot]!;
  const colour = word(`${slot}.colour`, COLOUR_WORDS, object.colour);
  const material = word(`${slot}.material`, MATERIAL_WORDS, object.material);
  const looks = object.material === "plain" ? [material, colour] : [colour, material];
  const size = word(`${slot}.size`, SIZE_WORDS, object.size);
  return list([size, ...looks, word(`${slot}.kind`, KIND_WORDS, object.kind)], " ");
}

/** Time, weather and season in one phrase, "on a rainy autumn night", or each in its own. */
function dayPhrase(scene: Scene, plan: CaptionPlan, word: Say): string {
  const time = word("time", TIME_PHRASES, scene.time);
  const tag = dayTag(scene, word);
  if (plan.joinsDay && time !== "" && tag.includes(" ")) return `on ${indefinite(tag)}`;
  const weather = word("weather", WEATHER_PHRASES, scene.weather);
  return list([time, word("season", SEASON_PHRASES, scene.season), weather], " ");
}

/** "rainy autumn night". */
function dayTag(scene: Scene, word: Say): string {
  const weather = word("weather", WEATHER_ADJECTIVES, scene.weather);
  return list([weather, word("season", SEASON_NAMES, scene.season), word("time", TIME_NOUNS, scene.time)], " ");
}

function list(parts: readonly string[], separator: string): string {
  return parts.filter((part) => part !== "").join(separator);
}

/** "a", "a and b", "a, b and c". */
function enumerate(parts: readonly string[]): string {
  return list([parts.slice(0, -1).join(", "), ...parts.slice(-1)], " and ");
}
