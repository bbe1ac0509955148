/** The words of a change: what each name in a phrasing's template stands for. */

import type { Random } from "../random.ts";
import { occupiedSlots } from "./attributes.ts";
import type { Change } from "./changes.ts";
import type { EditWords } from "./phrasings.ts";
import { describeNew, type ReferenceForm, sampleReference } from "./references.ts";
import type { Material, Place, Scene, SceneObject, Size, Slot, Style, Time, Weather } from "./scene.ts";
import {
  COLOUR_WORDS,
  indefinite,
  KIND_WORDS,
  MATERIAL_WORDS,
  PLACE_NOUNS,
  PLACE_PHRASES,
  SEASON_PHRASES,
  SLOT_PHRASES,
  STYLE_THINGS,
  say,
  TIME_NAMES,
  TIME_NOUNS,
  TIME_PHRASES,
  WEATHER_ADJECTIVES,
  WEATHER_PHRASES,
  type Words,
} from "./words.ts";

/** What one can see of an object besides what it is, in the order in which English says it. */
const LOOKS = ["size", "colour", "material"] as const;
type Look = (typeof LOOKS)[number];
const LOOK_OF = { recolour: "colour", material: "material", resize: "size" } as const;

const SUBSTANCES: Readonly<Record<Material, string | undefined>> = { plain: undefined, wooden: "wood", metal: "metal" };
/** Sizes that can stand without a noun. */
const SIZES_BY_THEMSELVES: Words<Size> = { small: ["small"], large: ["large", "big"] };
const COMPARATIVES: Words<Size> = { small: ["smaller"], large: ["bigger", "larger"] };

const TIME_THINGS: Words<Time> = { day: ["daylight"], sunset: ["a sunset"], night: ["night"] };
const OLD_TIME_THINGS = { day: "the daylight", sunset: "the sunset", night: "the night" } as const;
const TIME_EVENTS: Words<Time> = {
  day: ["the sun rise", "the day begin"],
  sunset: ["the sun set", "the sun go down"],
  night: ["night fall", "the night come"],
};

const WEATHER_THINGS: Words<Weather> = {
  clear: ["a clear sky", "clear weather"],
  cloudy: ["clouds", "a cloudy sky"],
  rain: ["rain"],
  snow: ["snow"],
  fog: ["fog", "fog", "mist"],
};
const OLD_WEATHER_THINGS = {
  clear: "the clear sky",
  cloudy: "the clouds",
  rain: "the rain",
  snow: "the snow",
  fog: "the fog",
} as const;
const ADDED_WEATHER = { cloudy: "clouds", rain: "rain", snow: "snow", fog: "fog" } as const;
const WEATHER_KINDS: Words<Weather> = {
  clear: ["clear"],
  cloudy: ["cloudy"],
  rain: ["rain", "rainy"],
  snow: ["snow", "snowy"],
  fog: ["fog", "foggy"],
};
const WEATHER_EVENTS: Words<Weather> = {
  clear: ["the sky clear up", "the weather clear up"],
  cloudy: ["the clouds come", "clouds cover the sky"],
  rain: ["it rain", "the rain fall"],
  snow: ["it snow", "the snow fall"],
  fog: ["the fog come", "fog cover everything"],
};

const WAYS_TO_PLACES: Words<Place> = {
  meadow: ["to a meadow", "to a field"],
  beach: ["to a beach", "to the beach"],
  desert: ["to a desert", "to the desert"],
  street: ["to a street", "to a city street"],
  table: ["to a table", "to a garden table"],
};

const BARE_STYLES: Words<Style> = {
  photo: ["photo", "photograph"],
  pencil: ["pencil", "pencil drawing"],
  watercolour: ["watercolour", "watercolor"],
  "pixel-art": ["pixel art"],
  neon: ["neon", "neon art"],
  "stained-glass": ["stained glass"],
};
const MEDIA: Words<Exclude<Style, "photo">> = {
  pencil: ["in pencil"],
  watercolour: ["in watercolour", "in watercolor"],
  "pixel-art": ["in pixels"],
  neon: ["in neon"],
  "stained-glass": ["in stained glass"],
};

/** Forms of reference that already say what is asked for, where that is so before: "make the red ball red". */
const SAID_BY_THE_SAME: Readonly<Partial<Record<Change["kind"], readonly ReferenceForm[]>>> = {
  recolour: ["colour", "colour-thing"],
  material: ["material"],
  resize: ["size"],
};

/**
 * The words for `change`. Its object is referred to as it was before, unambiguously in all of `scenes`, which default to
 * the scene before. Words that compare with what was are missing where nothing changes.
 */
export function editWords(change: Change, random: Random, scenes: readonly Scene[] = [change.before]): EditWords {
  return { it: "it", ...wordsByKind(change, random, scenes) };
}

function wordsByKind(change: Change, random: Random, scenes: readonly Scene[]): EditWords {
  const { kind, before, after } = change;
  switch (kind) {
    case "time":
      return timeWords(before, after, random);
    case "weather":
      return weatherWords(before, after, random);
    case "season":
      return {
        season: after.season,
        inSeason: say(random, SEASON_PHRASES, after.season),
        oldSeason: differing(before.season, after.season),
      };
    case "style":
      return styleWords(before, after, random);
    case "background":
      return {
        place: indefinite(say(random, PLACE_NOUNS, after.place)),
        atPlace: say(random, PLACE_PHRASES, after.place),
        toPlace: say(random, WAYS_TO_PLACES, after.place),
        oldPlace: before.place === after.place ? undefined : `the ${before.place}`,
      };
    case "add":
      return { new: describeNew(after.objects[change.slot]!, random), where: say(random, SLOT_PHRASES, change.slot) };
    default:
      return objectWords(change, random, scenes);
  }
}

/** The words for changes of time, weather or season together: "a rainy autumn night", without what stays. */
export function dayWords(before: Scene, after: Scene, random: Random): EditWords {
  const weather = before.weather === after.weather ? [] : [say(random, WEATHER_ADJECTIVES, after.weather)];
  const season = before.season === after.season ? [] : [after.season];
  return { day: indefinite([...weather, ...season, say(random, TIME_NOUNS, after.time)].join(" ")) };
}

/** The words for several changes of the one object in `slot`. */
export function manyWords(before: Scene, after: Scene, slot: Slot, random: Random): EditWords {
  const [old, made] = [before.objects[slot]!, after.objects[slot]!];
  const looks = LOOKS.filter((name) => old[name] !== made[name]).map((name) => sayLook(name, made, random));
  return {
    object: sampleReference([before], slot, random),
    look: looks.at(0),
    otherLook: looks.at(1),
    new: indefinite([...looks, say(random, KIND_WORDS, made.kind)].join(" ")),
  };
}

type ObjectChange = Extract<Change, { slot: Slot }>;

function objectWords(change: ObjectChange, random: Random, scenes: readonly Scene[]): EditWords {
  const { kind, slot, before, after } = change;
  const [old, made] = [before.objects[slot]!, after.objects[slot]];
  const unique = scenes.every((scene) =>
    occupiedSlots(scene).every((at) => at === slot || scene.objects[at]!.kind !== old.kind),
  );
  const noun = say(random, KIND_WORDS, old.kind);
  const avoid = before === after ? SAID_BY_THE_SAME[kind] : [];
  const words = { object: sampleReference(scenes, slot, random, { avoid }), noun: unique ? noun : undefined };
  if (made === undefined || kind === "add" || kind === "remove") return words;
  if (kind === "replace") {
    const oldNew = unique ? indefinite(noun) : undefined;
    return { ...words, new: indefinite(say(random, KIND_WORDS, made.kind)), oldNew };
  }
  const name = LOOK_OF[kind];
  const look = sayLook(name, made, random);
  const renewed = indefinite(`${look} ${noun}`);
  return {
    ...words,
    [name]: look,
    new: renewed,
    another: unique && before !== after ? renewed : undefined,
    aColour: indefinite(look),
    substance: name === "material" ? SUBSTANCES[made.material] : undefined,
    oldMaterial: differing(old.material, made.material),
    ...(old.size === made.size ? {} : comparisons(old.size, made.size, random)),
  };
}

function comparisons(old: Size, made: Size, random: Random): EditWords {
  return {
    oldSize: say(random, SIZES_BY_THEMSELVES, old),
    sizer: say(random, COMPARATIVES, made),
    resize: made === "small" ? "shrink" : "enlarge",
    scale: made === "small" ? "down" : "up",
  };
}

function sayLook(name: Look, object: SceneObject, random: Random): string {
  if (name === "colour") return say(random, COLOUR_WORDS, object.colour);
  return name === "size" ? say(random, SIZES_BY_THEMSELVES, object.size) : say(random, MATERIAL_WORDS, object.material);
}

function timeWords({ time: old, ...before }: Scene, { time }: Scene, random: Random): EditWords {
  const changes = old !== time;
  const starry = time === "night" && before.weather === "clear" && random.uniform() < 0.5;
  return {
    time: say(random, TIME_NAMES, time),
    oldTime: differing(old, time),
    when: say(random, TIME_PHRASES, time),
    timeThing: starry ? "a starry night" : say(random, TIME_THINGS, time),
    oldTimeThing: changes ? OLD_TIME_THINGS[old] : undefined,
    timeEvent: changes ? say(random, TIME_EVENTS, time) : undefined,
  };
}

function weatherWords(before: Scene, after: Scene, random: Random): EditWords {
  const { weather } = after;
  const adjective = say(random, WEATHER_ADJECTIVES, weather);
  return {
    weather: adjective,
    day: indefinite(`${adjective} ${say(random, TIME_NOUNS, after.time)}`),
    weatherKind: say(random, WEATHER_KINDS, weather),
    weatherThing: say(random, WEATHER_THINGS, weather),
    weatherEvent: say(random, WEATHER_EVENTS, weather),
    weatherVerb: weather === "rain" || weather === "snow" ? weather : undefined,
    addedWeather: weather === "clear" ? undefined : ADDED_WEATHER[weather],
    inWeather: say(random, WEATHER_PHRASES, weather),
    oldWeather: before.weather === weather ? undefined : OLD_WEATHER_THINGS[before.weather],
  };
}

function styleWords(before: Scene, { style }: Scene, random: Random): EditWords {
  const thing = say(random, STYLE_THINGS, style);
  return {
    style: thing,
    bareStyle: say(random, BARE_STYLES, style),
    drawn: style === "photo" ? undefined : thing,
    medium: style === "photo" ? undefined : say(random, MEDIA, style),
    oldStyle: before.style === style ? undefined : say(random, STYLE_THINGS, before.style),
  };
}

function differing(old: string, made: string): string | undefined {
  return old === made ? undefined : old;
}
