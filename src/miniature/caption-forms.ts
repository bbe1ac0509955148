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

/** Says `said` of the scene in the given form. Every form says all of it. */
export function composeCaption(
  scene: Scene,
  plan: CaptionPlan,
  said: readonly SayablePath[],
  form: CaptionForm,
): string {
  const parts = captionParts(scene, plan, new Set(said));
  const { objects, place, style } = parts;
  if (form === "tags" || form === "short-tags") {
    const names = form === "tags" ? objects.tags : objects.shortTags;
    return list([style.name, ...names, place.noun, parts.dayTag], ", ");
  }
  if ((form === "place-first" && place.noun !== "") || objects.list === "") {
    const whole = list([indefinite(place.noun), parts.day, objects.list && `with ${objects.list}`], " ");
    return list([style.frame, whole], " ");
  }
  const whole = list([objects.list, place.phrase, parts.day], " ");
  return form === "style-last" ? list([whole, style.ending], ", ") : list([style.frame, whole], " ");
}

function captionParts(scene: Scene, plan: CaptionPlan, said: ReadonlySet<SayablePath>) {
  const word = <Value extends string>(path: SayablePath, words: Words<Value>, value: Value) =>
    said.has(path) ? plan.word(path, words, value) : "";
  const mentioned = plan.order.filter((slot) => said.has(`${slot}.kind`));
  const nouns = mentioned.map((slot) => objectNoun(scene, slot, word));
  const slots = mentioned.map((slot) => word(`${slot}.slot`, SLOT_PHRASES, slot));
  const shortSlots = mentioned.map((slot) => word(`${slot}.slot`, SHORT_SLOTS, slot));
  const empty = occupiedSlots(scene).length === 0 ? "empty" : "";
  return {
    objects: {
      list: enumerate(nouns.map((noun, i) => list([indefinite(noun), slots[i]], " "))),
      tags: nouns.map((noun, i) => list([noun, slots[i]], " ")),
      shortTags: nouns.map((noun, i) => list([noun, shortSlots[i]], " ")),
    },
    place: {
      noun: list([said.has("place") ? empty : "", word("place", PLACE_NOUNS, scene.place)], " "),
      phrase: word("place", PLACE_PHRASES, scene.place),
    },
    style: {
      frame: word("style", STYLE_FRAMES, scene.style),
      ending: word("style", STYLE_ENDINGS, scene.style),
      name: word("style", STYLE_NAMES, scene.style),
    },
    ...dayParts(scene, plan, word),
  };
}

type Say = <Value extends string>(path: SayablePath, words: Words<Value>, value: Value) => string;

/** An object without article and slot: "small red wooden boat". */
function objectNoun(scene: Scene, slot: Slot, word: Say): string {
  const object = scene.objects[slot]!;
  const colour = word(`${slot}.colour`, COLOUR_WORDS, object.colour);
  const material = word(`${slot}.material`, MATERIAL_WORDS, object.material);
  const looks = object.material === "plain" ? [material, colour] : [colour, material];
  const size = word(`${slot}.size`, SIZE_WORDS, object.size);
  return list([size, ...looks, word(`${slot}.kind`, KIND_WORDS, object.kind)], " ");
}

/** Time, weather and season, as phrases ("on a rainy night in autumn") and as a tag ("rainy autumn night"). */
function dayParts({ time, weather, season }: Scene, plan: CaptionPlan, word: Say) {
  const noun = word("time", TIME_NOUNS, time);
  const adjectives = [word("weather", WEATHER_ADJECTIVES, weather), word("season", SEASON_NAMES, season)];
  const dayTag = list([...adjectives, noun], " ");
  const joined = plan.joinsDay && noun !== "" && dayTag !== noun;
  const phrases = [
    word("time", TIME_PHRASES, time),
    word("season", SEASON_PHRASES, season),
    word("weather", WEATHER_PHRASES, weather),
  ];
  return { dayTag, day: joined ? `on ${indefinite(dayTag)}` : list(phrases, " ") };
}

function list(parts: readonly string[], separator: string): string {
  return parts.filter((part) => part !== "").join(separator);
}

/** "a", "a and b", "a, b and c". */
function enumerate(parts: readonly string[]): string {
  return list([parts.slice(0, -1).join(", "), ...parts.slice(-1)], " and ");
}
