/** Plans for captions: what is said, in which order and with which words, decided before looking at any scene. */

import type { Random } from "../random.ts";
import { type AttributePath, OBJECT_ATTRIBUTES, occupiedSlots, SCENE_ATTRIBUTES } from "./attributes.ts";
import { choose, type Scene, SLOTS, type Slot } from "./scene.ts";
import type { Words } from "./words.ts";

/** What a caption can say: an attribute, or which slot an object is in. */
export type SayablePath = AttributePath | `${Slot}.slot`;

export const CAPTION_FORMS = ["objects-first", "place-first", "style-last", "tags", "short-tags"] as const;
export type CaptionForm = (typeof CAPTION_FORMS)[number];

/** The same plan makes alike captions of alike scenes, so that two scenes' captions differ where the scenes do. */
export interface CaptionPlan {
  readonly form: CaptionForm;
  /** The order in which objects are mentioned. */
  readonly order: readonly Slot[];
  /** Whether time, weather and season are one phrase, as in "on a rainy autumn night". */
  readonly joinsDay: boolean;
  /** Everything that is said of a scene that has it. */
  readonly says: ReadonlySet<SayablePath>;
  /** One of the words for what is at `path`, always the same. */
  word<Value extends string>(path: SayablePath, words: Words<Value>, value: Value): string;
}

/** How often each thing is said. Objects that are not mentioned have nothing said of them. */
const OBJECT_CHANCES = { kind: 0.95, colour: 0.9, material: 0.5, size: 0.5, slot: 0.6 } as const;
const SCENE_CHANCES = { time: 0.7, weather: 0.6, season: 0.5, place: 0.85, style: 0.8 } as const;
const COMPLETE_CHANCE = 0.15;

interface Sayable {
  readonly path: SayablePath;
  readonly chance: number;
  /** The slot of the object that it is said of. */
  readonly slot?: Slot;
}
const PATHS: readonly Sayable[] = [
  ...SCENE_ATTRIBUTES.map((path) => ({ path, chance: SCENE_CHANCES[path] })),
  ...SLOTS.flatMap((slot) =>
    ([...OBJECT_ATTRIBUTES, "slot"] as const).map((name): Sayable => {
      return { path: `${slot}.${name}`, chance: OBJECT_CHANCES[name], slot };
    }),
  ),
];
const ALL: ReadonlySet<SayablePath> = new Set(PATHS.map(({ path }) => path));

/** A random plan; always the same number of draws. One in seven says everything. */
export function samplePlan(random: Random): CaptionPlan {
  const form = choose(random, ["objects-first", "objects-first", "place-first", "style-last", "tags"] as const);
  const order = [...SLOTS];
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  const joinsDay = random.uniform() < 0.6;
  const complete = random.uniform() < COMPLETE_CHANCE;
  const said = PATHS.filter(({ chance }) => random.uniform() < chance).map(({ path }) => path);
  const positions = new Map(PATHS.map(({ path }) => [path, random.uniform()]));
  return {
    form,
    order,
    joinsDay,
    says: complete ? ALL : new Set(said),
    word: (path, words, value) => words[value][Math.floor(positions.get(path)! * words[value].length)],
  };
}

/** The plan, but with everything said. */
export function saysAll(plan: CaptionPlan): CaptionPlan {
  return { ...plan, says: ALL };
}

/** The plan, but with `paths` said, whatever else is. An object that appears or vanishes only needs to be mentioned. */
export function saysToo(plan: CaptionPlan, paths: readonly AttributePath[]): CaptionPlan {
  const slots = SLOTS.filter((slot) => paths.some((path) => path.startsWith(slot)));
  const kinds = slots.map((slot) => `${slot}.kind` as const);
  const needed = paths.filter(
    (path) => !kinds.some((kind) => paths.includes(kind) && path.startsWith(kind.slice(0, -4))),
  );
  return { ...plan, says: new Set([...plan.says, ...kinds, ...needed]) };
}

/** What a plan says of a scene. The place is always said where no object is. */
export function saidOf(scene: Scene, { says }: CaptionPlan): SayablePath[] {
  const mentioned = occupiedSlots(scene).filter((slot) => says.has(`${slot}.kind`));
  return PATHS.filter(({ path, slot }) => {
    if (path === "place" && mentioned.length === 0) return true;
    return says.has(path) && (slot === undefined || mentioned.includes(slot));
  }).map(({ path }) => path);
}
