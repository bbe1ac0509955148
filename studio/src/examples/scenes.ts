/** Pictures to play with: scenes of the miniature world, drawn when they are wanted. */

import { renderScene } from "../../../src/miniature/render.ts";
import type { Scene } from "../../../src/miniature/scene.ts";
import type { Size } from "../canvas/zoom.ts";
import type { DemonstrationWords, ExampleName } from "./example-names.ts";

const PLAIN = { time: "day", weather: "clear", season: "summer", style: "photo" } as const;

const SCENES: Readonly<Record<ExampleName, Scene>> = {
  "A quiet meadow": {
    ...PLAIN,
    place: "meadow",
    layout: 3,
    objects: {
      left: { kind: "house", colour: "red", material: "wooden", size: "large" },
      right: { kind: "cat", colour: "white", material: "plain", size: "small" },
      sky: { kind: "kite", colour: "yellow", material: "plain", size: "large" },
    },
  },
  "At the beach": {
    ...PLAIN,
    time: "sunset",
    place: "beach",
    layout: 11,
    objects: {
      left: { kind: "umbrella", colour: "orange", material: "plain", size: "large" },
      middle: { kind: "chair", colour: "blue", material: "wooden", size: "small" },
      right: { kind: "boat", colour: "white", material: "plain", size: "large" },
    },
  },
  "In the street": {
    ...PLAIN,
    place: "street",
    weather: "cloudy",
    layout: 7,
    objects: {
      left: { kind: "lamp", colour: "black", material: "metal", size: "large" },
      middle: { kind: "car", colour: "blue", material: "metal", size: "large" },
    },
  },
  "Desert night": {
    ...PLAIN,
    time: "night",
    place: "desert",
    layout: 5,
    objects: {
      left: { kind: "cactus", colour: "green", material: "plain", size: "large" },
      middle: { kind: "tent", colour: "orange", material: "plain", size: "large" },
      sky: { kind: "balloon", colour: "red", material: "plain", size: "small" },
    },
  },
  "Still life": {
    ...PLAIN,
    place: "table",
    layout: 2,
    objects: {
      left: { kind: "vase", colour: "purple", material: "plain", size: "large" },
      middle: { kind: "cup", colour: "white", material: "plain", size: "small" },
      right: { kind: "apple", colour: "red", material: "plain", size: "large" },
    },
  },
};

/** What the words of a demonstration make of its scene. */
const CHANGES: Readonly<Record<DemonstrationWords, Partial<Scene>>> = {
  "make it winter": { season: "winter", weather: "snow" },
  "make it night": { time: "night" },
  "turn it into a watercolour": { style: "watercolour" },
};

export interface Rgba extends Size {
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

/** A picture to play with. */
export function drawExample(name: ExampleName): Rgba {
  return draw(SCENES[name]);
}

/** The demonstration's picture; with words, as they would change it. */
export function drawDemonstration(words?: DemonstrationWords): Rgba {
  return draw({ ...SCENES["A quiet meadow"], ...(words === undefined ? {} : CHANGES[words]) });
}

function draw(scene: Scene): Rgba {
  const { width, height, data } = renderScene(scene);
  const rgba = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let i = 0; i < width * height; i++) rgba.set(data.subarray(3 * i, 3 * i + 3), 4 * i);
  return { width, height, data: rgba };
}
