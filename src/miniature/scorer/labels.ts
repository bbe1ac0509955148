/** The state of a scene as classes: what the scorer's network is trained to read, and how its answer becomes a state again. */

import {
  COLOURS,
  GROUND_KINDS,
  type Kind,
  MATERIALS,
  PLACES,
  type Scene,
  type SceneObject,
  SEASONS,
  SIZES,
  SKY_KINDS,
  SLOTS,
  type Slot,
  STYLES,
  TIMES,
  WEATHERS,
} from "../scene.ts";

/** A scene as far as it can be seen: its layout is not part of what is read. */
export type SceneState = Omit<Scene, "layout">;

/** One attribute: of the whole picture, or of the object in a slot. */
export interface Attribute {
  readonly name: string;
  readonly values: readonly string[];
  readonly classes: number;
  /** The value in a scene; `undefined` for attributes of objects that are not there. */
  of(scene: SceneState): string | undefined;
}

/** The kind that an empty slot has. */
export const NOTHING = "nothing";

function attribute(name: string, values: readonly string[], of: Attribute["of"]): Attribute {
  return { name, values, classes: values.length, of };
}

const wholePicture: readonly Attribute[] = [
  attribute("time", TIMES, (scene) => scene.time),
  attribute("weather", WEATHERS, (scene) => scene.weather),
  attribute("season", SEASONS, (scene) => scene.season),
  attribute("place", PLACES, (scene) => scene.place),
  attribute("style", STYLES, (scene) => scene.style),
];

function ofSlot(slot: Slot): readonly Attribute[] {
  const kinds: readonly Kind[] = slot === "sky" ? SKY_KINDS : GROUND_KINDS;
  return [
    attribute(`${slot} kind`, [NOTHING, ...kinds], (scene) => scene.objects[slot]?.kind ?? NOTHING),
    attribute(`${slot} colour`, COLOURS, (scene) => scene.objects[slot]?.colour),
    attribute(`${slot} material`, MATERIALS, (scene) => scene.objects[slot]?.material),
    attribute(`${slot} size`, SIZES, (scene) => scene.objects[slot]?.size),
  ];
}

/** All attributes, in the order of the network's logits. */
export const ATTRIBUTES: readonly Attribute[] = [...wholePicture, ...SLOTS.flatMap(ofSlot)];

export const LOGITS = ATTRIBUTES.reduce((sum, { classes }) => sum + classes, 0);

/** The classes of a scene as ones among zeros: [LOGITS]. */
export function targets(scene: SceneState): Float32Array {
  const ones = new Float32Array(LOGITS);
  let at = 0;
  for (const { of, values, classes } of ATTRIBUTES) {
    const value = of(scene);
    if (value !== undefined) ones[at + values.indexOf(value)] = 1;
    at += classes;
  }
  return ones;
}

/** The state that logits [LOGITS] say: the likeliest value of each attribute. */
export function stateOf(logits: ArrayLike<number>): SceneState {
  const said = new Map<string, string>();
  let at = 0;
  for (const { name, values, classes } of ATTRIBUTES) {
    let best = 0;
    for (let i = 1; i < classes; i++) if (logits[at + i] > logits[at + best]) best = i;
    said.set(name, values[best]);
    at += classes;
  }
  const read = <Value extends string>(name: string) => said.get(name) as Value;
  const object = (slot: Slot): SceneObject => ({
    kind: read(`${slot} kind`),
    colour: read(`${slot} colour`),
    material: read(`${slot} material`),
    size: read(`${slot} size`),
  });
  const there = SLOTS.filter((slot) => read(`${slot} kind`) !== NOTHING);
  return {
    time: read("time"),
    weather: read("weather"),
    season: read("season"),
    place: read("place"),
    style: read("style"),
    objects: Object.fromEntries(there.map((slot) => [slot, object(slot)])),
  };
}
