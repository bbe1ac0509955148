import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { torchCpuRandom } from "../random.ts";
import { occupiedSlots, SCENE_ATTRIBUTES } from "./attributes.ts";
import { caption, captionOf, captionPair } from "./captions.ts";
import { sampleEdit } from "./edits.ts";
import { objectsIn, resolve } from "./english.test-data.ts";
import { type Scene, sampleScene } from "./scene.ts";

const RUNS = { numRuns: 1000, seed: 9800 };
const seed = fc.nat(2 ** 32 - 1);
const objects = fc.integer({ min: 0, max: 4 });

/** Words that say a value of the whole scene. */
const SAYS: Readonly<Record<string, RegExp>> = {
  day: /\b(day|daylight)\b/,
  sunset: /\b(sunset|evening|dusk)\b/,
  night: /\bnight\b/,
  clear: /\bclear\b/,
  cloudy: /\b(cloudy|overcast|clouds)\b/,
  rain: /\brain/,
  snow: /\bsnow/,
  fog: /\b(fog|foggy|mist|misty)\b/,
  spring: /\bspring\b/,
  summer: /\bsummer\b/,
  autumn: /\b(autumn|fall)\b/,
  winter: /\bwinter\b/,
  meadow: /\b(meadow|field)\b/,
  beach: /\bbeach\b/,
  desert: /\bdesert\b/,
  street: /\bstreet\b/,
  table: /\btable\b/,
  photo: /\bphoto/,
  pencil: /\bpencil\b/,
  watercolour: /\bwatercolou?r\b/,
  "pixel-art": /\bpixel art\b/,
  neon: /\bneon\b/,
  "stained-glass": /\bstained glass\b/,
};

function checkSaid(scene: Scene, { text, said }: ReturnType<typeof captionOf>): void {
  for (const name of SCENE_ATTRIBUTES)
    expect(SAYS[scene[name]].test(text), `${name}: ${text}`).toBe(said.includes(name));
  const readings = objectsIn(text);
  const saidOf = (slot: string) => said.filter((path) => path.startsWith(slot)).map((path) => path.split(".")[1]);
  for (const reading of readings) {
    const slots = resolve(scene, reading);
    expect(slots.map((slot) => saidOf(slot).sort())).toContainEqual(Object.keys(reading).sort());
  }
  expect(readings).toHaveLength(said.filter((path) => path.endsWith(".kind")).length);
}

describe("a caption", () => {
  test("says what it says that it says, and nothing else", () => {
    const sample = fc.property(seed, objects, fc.boolean(), (start, count, complete) => {
      const random = torchCpuRandom(start);
      const scene = sampleScene(random, { objects: count });
      checkSaid(scene, captionOf(scene, random, { complete }));
    });
    fc.assert(sample, RUNS);
  });

  test("says everything when it is to be complete", () => {
    const sample = fc.property(seed, objects, (start, count) => {
      const random = torchCpuRandom(start);
      const scene = sampleScene(random, { objects: count });
      const { text, said } = captionOf(scene, random, { complete: true });
      expect(said).toHaveLength(5 + 5 * count);
      const slots = objectsIn(text).flatMap((reading) => resolve(scene, reading));
      expect(slots.sort()).toEqual(occupiedSlots(scene).sort());
    });
    fc.assert(sample, RUNS);
  });

  test("has 6 to 30 words of plain English", () => {
    const sample = fc.property(seed, objects, (start, count) => {
      const random = torchCpuRandom(start);
      const text = caption(sampleScene(random, { objects: count }), random);
      expect(text).toMatch(/^[a-z]+(,? [a-z]+){5,29}$/);
      expect(text).not.toMatch(/\ba [aeiou]|\ban [^aeiou]|undefined/);
    });
    fc.assert(sample, RUNS);
  });

  test("leaves things out, as people do", () => {
    const random = torchCpuRandom(3);
    const said = Array.from({ length: 500 }, () => captionOf(sampleScene(random), random).said);
    const share = (path: "style" | "season") => said.filter((paths) => paths.includes(path)).length / 500;
    expect(share("style")).toBeGreaterThan(share("season"));
    expect(share("season")).toBeGreaterThan(0.4);
    expect(share("season")).toBeLessThan(0.75);
  });
});

test("captions of a pair differ in the words of what changes and in no others", () => {
  const sample = fc.property(seed, (start) => {
    const random = torchCpuRandom(start);
    const scene = sampleScene(random);
    const edit = sampleEdit(scene, random, { kinds: ["recolour"] });
    if (edit === undefined) return;
    const { input, output } = captionPair(scene, edit.target, random);
    const [before, after] = [input, output].map((text) => text.split(/\W+/).filter((word) => !/^an?$/.test(word)));
    expect(after.length).toBe(before.length);
    expect(after.filter((word, i) => word !== before[i]).length).toBe(1);
  });
  fc.assert(sample, RUNS);
});
