/**
 * The ways to phrase an instruction. A phrasing is a template: `{name}` stands for words of the edit, `[a|b]` for either. A
 * template fits an edit when the edit has all its words.
 */

import type { Random } from "../random.ts";
import type { EditKind } from "./hold-out.ts";
import { choose } from "./scene.ts";

export interface Phrasings {
  /** Commands that can be joined with another: "make {object} {colour}". */
  readonly commands: readonly string[];
  /** Whatever stands alone: wishes, questions, statements. */
  readonly remarks: readonly string[];
  /** Held out of training: other sentences made of the words that training has. */
  readonly unseen: readonly string[];
}

/** The phrasings of each simple kind of edit. */
export const PHRASINGS: Readonly<Record<Exclude<EditKind, "compound">, Phrasings>> = {
  recolour: {
    commands: [
      "make {object} {colour}",
      "turn {object} {colour}",
      "paint {object} {colour}",
      "[recolour|recolor] {object} to {colour}",
      "change the [colour|color] of {object} to {colour}",
      "change {object} to {colour}",
      "give {object} {aColour} [colour|color]",
      "let {object} be {colour}",
    ],
    remarks: [
      "{object} should be {colour}",
      "what if {object} were {colour}",
      "[can you|could you|please] make {object} {colour}",
      "i want {object} to be {colour}",
      "i would like {another} instead",
      "what would it look like with {another}",
      "[can you|could you|please] paint {object} {colour}",
    ],
    unseen: [
      "i would like to see {object} in {colour}",
      "{colour} should be the [colour|color] of {object}",
      "could you turn {object} {colour}",
    ],
  },
  replace: {
    commands: [
      "replace {object} with {new}",
      "swap {object} for {new}",
      "turn {object} into {new}",
      "change {object} to {new}",
      "change {object} into {new}",
      "make {object} {new}",
      "put {new} where {object} is",
      "exchange {object} for {new}",
    ],
    remarks: [
      "{object} should be {new}",
      "what if {object} were {new}",
      "{new} instead of {object}",
      "i want {new} instead of {object}",
      "[can you|could you|please] turn {object} into {new}",
      "it should be {new}, not {oldNew}",
      "[can you|could you|please] replace {object} with {new}",
    ],
    unseen: [
      "let {object} be {new}",
      "i would like to see {new} where {object} is",
      "could you change {object} to {new}",
    ],
  },
  add: {
    commands: [
      "add {new} {where}",
      "put {new} {where}",
      "place {new} {where}",
      "draw {new} {where}",
      "{where}, add {new}",
      "insert {new} {where}",
      "include {new} {where}",
      "show {new} {where}",
    ],
    remarks: [
      "there should be {new} {where}",
      "what if there were {new} {where}",
      "[can you|could you|please] add {new} {where}",
      "i want {new} {where}",
      "with {new} {where}",
      "i would like to see {new} {where}",
      "now with {new} {where}",
      "how about {new} {where}",
    ],
    unseen: ["let there be {new} {where}", "i want to see {new} {where}", "{where} there should be {new}"],
  },
  remove: {
    commands: [
      "remove {object}",
      "delete {object}",
      "erase {object}",
      "take away {object}",
      "take {object} away",
      "get rid of {object}",
      "take {object} out of the picture",
      "make {object} disappear",
    ],
    remarks: [
      "without {object}",
      "there should be no {noun}",
      "what if {object} were gone",
      "what if there were no {noun}",
      "[can you|could you|please] remove {object}",
      "i want {object} to disappear",
      "no {noun}",
      "{object} should disappear",
    ],
    unseen: ["{object} should be gone", "get {object} out of the picture", "what would it look like without {object}"],
  },
  material: {
    commands: [
      "make {object} {material}",
      "make {object} out of {substance}",
      "turn {object} into {substance}",
      "let {object} be {material}",
      "build {object} out of {substance}",
      "change the material of {object} to {substance}",
      "change {object} from {oldMaterial} to {material}",
      "make {object} look {material}",
    ],
    remarks: [
      "{object} should be {material}",
      "{object} should be made of {substance}",
      "what if {object} were {material}",
      "what if {object} were made of {substance}",
      "i want {object} to be {material}",
      "[can you|could you|please] make {object} {material}",
      "{object} should be {material} instead of {oldMaterial}",
      "i would like {another} instead",
    ],
    unseen: [
      "{object} should look {material}",
      "i would like {object} to be {material}",
      "could you turn {object} into {substance}",
      "i want {object} to look {material}",
    ],
  },
  resize: {
    commands: [
      "make {object} {sizer}",
      "make {object} {size}",
      "{resize} {object}",
      "make {object} much {sizer}",
      "change the size of {object} to {size}",
      "scale {object} {scale}",
      "let {object} be {sizer}",
      "turn {object} into {new}",
    ],
    remarks: [
      "{object} should be {sizer}",
      "{object} should be {size}",
      "what if {object} were {sizer}",
      "i want {object} to be {size}",
      "[can you|could you|please] make {object} {sizer}",
      "{object} is too {oldSize}",
      "i would like {another} instead",
      "how about a {sizer} {noun}",
    ],
    unseen: ["i would like to see {object} {sizer}", "i want {another} instead", "i would like {object} to be {size}"],
  },
  time: {
    commands: [
      "make it {time}",
      "turn {it} into {time}",
      "change the time to {time}",
      "change {it} to {time}",
      "turn {oldTime} into {time}",
      "change {oldTime} to {time}",
      "show {it} {when}",
      "let {timeEvent}",
      "swap {oldTimeThing} for {timeThing}",
    ],
    remarks: [
      "it should be {time}",
      "what if it were {time}",
      "what would it look like {when}",
      "{when}",
      "as it looks {when}",
      "[can you|could you|please] make it {time}",
      "i want it to be {time}",
      "how about {timeThing}",
    ],
    unseen: ["let it be {time}", "i would like to see it {when}", "{time} instead of {oldTime}"],
  },
  weather: {
    commands: [
      "make it {weather}",
      "make the weather {weather}",
      "change the weather to {weatherKind}",
      "turn {it} into {day}",
      "let {weatherEvent}",
      "add {addedWeather}",
      "replace {oldWeather} with {weatherThing}",
      "make it {weatherVerb}",
    ],
    remarks: [
      "it should {weatherVerb}",
      "it should be {weather}",
      "what if it were {weather}",
      "what would it look like {inWeather}",
      "{inWeather}",
      "[can you|could you|please] make it {weather}",
      "i want {weatherThing}",
      "how about {weatherThing}",
      "there should be {weatherThing}",
      "with {weatherThing}",
    ],
    unseen: ["let there be {weatherThing}", "i would like to see {weatherThing}", "show it {inWeather}"],
  },
  season: {
    commands: [
      "make it {season}",
      "change the season to {season}",
      "turn {it} into {season}",
      "turn {oldSeason} into {season}",
      "change {oldSeason} to {season}",
      "show {it} {inSeason}",
      "let {season} come",
      "make {it} look like {season}",
    ],
    remarks: [
      "it should be {season}",
      "what if it were {season}",
      "what would it look like {inSeason}",
      "{inSeason}",
      "as it looks {inSeason}",
      "[can you|could you|please] make it {season}",
      "i want it to be {season}",
      "{season} instead of {oldSeason}",
    ],
    unseen: ["let it be {season}", "i would like to see it {inSeason}", "how about {season}"],
  },
  style: {
    commands: [
      "turn {it} into {style}",
      "make {it} look like {style}",
      "make {it} {style}",
      "change the style to {bareStyle}",
      "change {it} into {style}",
      "draw {it} as {drawn}",
      "draw {it} {medium}",
      "show {it} as {style}",
      "convert {it} to {bareStyle}",
    ],
    remarks: [
      "as {style}",
      "in the style of {style}",
      "it should look like {style}",
      "what if it were {style}",
      "what would it look like as {style}",
      "[can you|could you|please] turn it into {style}",
      "i want {style} instead",
      "{style} instead of {oldStyle}",
    ],
    unseen: ["i would like to see it as {style}", "show it in the style of {style}", "it should be {style}"],
  },
  background: {
    commands: [
      "change the background to {place}",
      "make the background {place}",
      "put {it} {atPlace}",
      "move {it} {toPlace}",
      "move everything {toPlace}",
      "place everything {atPlace}",
      "replace {oldPlace} with {place}",
      "swap {oldPlace} for {place}",
      "turn {oldPlace} into {place}",
    ],
    remarks: [
      "{atPlace}",
      "what if it were {atPlace}",
      "it should be {atPlace}",
      "what would it look like {atPlace}",
      "[can you|could you|please] change the background to {place}",
      "i want it to be {atPlace}",
      "with {place} in the background",
      "the background should be {place}",
    ],
    unseen: ["let the background be {place}", "i would like to see it {atPlace}", "i want {place} in the background"],
  },
};

/** The phrasings of two edits at once, by what they change together. */
export const COMPOUND_PHRASINGS = {
  /** Any two edits, each phrased as a command. */
  joined: {
    commands: [
      "{first} and {second}",
      "{first} and {second}",
      "{first}, then {second}",
      "{first} and then {second}",
      "{first} and also {second}",
      "first {first}, then {second}",
    ],
    remarks: ["please {first} and {second}", "[can you|could you] {first} and {second}"],
    unseen: ["{first}, please also {second}", "{first} and now {second}", "could you first {first}, then {second}"],
  },
  /** Two of the colour, material and size of one object. */
  looks: {
    commands: [
      "make {object} {look} and {otherLook}",
      "turn {object} into {new}",
      "let {object} be {look} and {otherLook}",
    ],
    remarks: [
      "{object} should be {look} and {otherLook}",
      "what if {object} were {look} and {otherLook}",
      "[can you|could you|please] make {object} {look} and {otherLook}",
      "i want {object} to be {look} and {otherLook}",
    ],
    unseen: ["i would like {object} to be {look} and {otherLook}", "change {object} to be {look} and {otherLook}"],
  },
  /** Another object of another colour, material or size. */
  replacement: {
    commands: [
      "replace {object} with {new}",
      "swap {object} for {new}",
      "turn {object} into {new}",
      "change {object} into {new}",
    ],
    remarks: ["{object} should be {new}", "what if {object} were {new}", "i want {new} instead of {object}"],
    unseen: ["let {object} be {new}", "i would like to see {new} where {object} is"],
  },
  /** Two of the time, weather and season. */
  outdoors: {
    commands: ["make it {day}", "turn it into {day}", "change it to {day}", "show it on {day}"],
    remarks: [
      "it should be {day}",
      "what if it were {day}",
      "[can you|could you|please] make it {day}",
      "on {day}",
      "what would it look like on {day}",
    ],
    unseen: ["let it be {day}", "i would like to see it on {day}"],
  },
} as const satisfies Readonly<Record<string, Phrasings>>;

/** The words of one edit by the names that templates have for them. */
export type EditWords = Readonly<Partial<Record<string, string>>>;

/** Those of `templates` whose words are all there. */
export function fitting(templates: readonly string[], words: EditWords): string[] {
  return templates.filter((template) => namesIn(template).every((name) => words[name] !== undefined));
}

/** Writes `words` into a template, drawing among its alternatives. */
export function fill(template: string, words: EditWords, random: Random): string {
  return template
    .replace(/\[([^\]]*)\]/g, (_, alternatives: string) => choose(random, alternatives.split("|")))
    .replace(/\{(\w+)\}/g, (_, name: string) => words[name] ?? "");
}

const NAMES = new Map<string, readonly string[]>();

function namesIn(template: string): readonly string[] {
  const known = NAMES.get(template);
  if (known !== undefined) return known;
  const names = Array.from(template.matchAll(/\{(\w+)\}/g), ([, name]) => name);
  NAMES.set(template, names);
  return names;
}
