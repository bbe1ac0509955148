import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { torchCpuRandom } from "../random.ts";
import { objectMask, renderScene, SCENE_SIZE } from "./render.ts";
import type { Scene, SceneObject, Slot, Style } from "./scene.ts";
import * as world from "./scene.ts";

const OBJECT: SceneObject = { kind: "ball", colour: "red", material: "plain", size: "large" };
const SCENE: Scene = {
  ...{ time: "day", weather: "clear", season: "summer", place: "meadow", style: "photo", layout: 5 },
  objects: { left: { ...OBJECT, kind: "house" }, right: { ...OBJECT, kind: "cat", colour: "white" } },
};

/** Scenes that differ in everything, four of each style. */
const SCENES: readonly Scene[] = [4, 3, 2, 1].flatMap((objects, seed) => {
  const random = torchCpuRandom(40 + seed);
  return world.STYLES.map((style) => ({ ...world.sampleScene(random, { objects }), style }));
});

/** The first digits of the SHA-256 of each style's pictures. */
const GOLDENS: Readonly<Record<Style, string>> = {
  photo: "a158e8fb9f4aa80c",
  pencil: "35ce18acd88d1dea",
  watercolour: "2b34cebe2a8cb2d8",
  "pixel-art": "d0c1ff6fb8f9d8bc",
  neon: "9cf018eda11c02c1",
  "stained-glass": "9217f0c6dbb4a51f",
};

describe("a scene's picture", () => {
  it("is the same to the last bit wherever it is drawn", () => {
    const hashes = world.STYLES.map((style) => {
      const hash = createHash("sha256");
      for (const scene of SCENES) if (scene.style === style) hash.update(renderScene(scene).data);
      return [style, hash.digest("hex").slice(0, 16)];
    });
    expect(Object.fromEntries(hashes)).toEqual(GOLDENS);
  });

  it("uses no function of Math whose last bit may differ between machines", () => {
    const folder = "src/miniature/render";
    const files = readdirSync(folder).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
    const sources = files.map((name) => readFileSync(`${folder}/${name}`, "utf8"));
    const used = new Set(sources.flatMap((source) => source.match(/Math\.\w+| \*\* /g) ?? []));
    const exact = ["abs", "ceil", "floor", "imul", "max", "min", "sqrt"].map((name) => `Math.${name}`);
    expect(exact).toEqual(expect.arrayContaining([...used]));
  });

  for (const [attribute, values] of [
    ["time", world.TIMES],
    ["weather", world.WEATHERS],
    ["season", world.SEASONS],
    ["place", world.PLACES],
    ["style", world.STYLES],
  ] as const) {
    it(`shows its ${attribute}`, () => {
      const pictures = SCENES.slice(0, 6).map((scene) =>
        values.map((value) => renderScene({ ...scene, [attribute]: value }).data),
      );
      for (const variants of pictures) expect(leastChange(variants)).toBeGreaterThan(100);
    });
  }
});

describe("objects", () => {
  for (const [attribute, values, least] of [
    ["kind", world.KINDS, 30],
    ["colour", world.COLOURS, 30],
    ["material", world.MATERIALS, 30],
    ["size", world.SIZES, 100],
  ] as const) {
    it(`show their ${attribute} in every style, and only where their masks are in a photograph`, () => {
      for (const style of world.STYLES) {
        const scenes = values.map((value) => ({
          ...{ ...SCENE, style },
          objects: { ...SCENE.objects, left: { ...OBJECT, kind: "house" as const, [attribute]: value } },
        }));
        const pictures = scenes.map((scene) => renderScene(scene).data);
        expect(leastChange(pictures)).toBeGreaterThan(least);
        if (style === "photo") {
          const masks = scenes.map((scene) => objectMask(scene, "left"));
          for (let i = 1; i < scenes.length; i++) {
            expect(changedOutside(pictures[0], pictures[i], [masks[0], masks[i]])).toBe(0);
          }
        }
      }
    });
  }

  it("that come or go change a photograph where their masks are, and nowhere else", () => {
    for (const slot of world.SLOTS) {
      const scene = withObjects({ [slot]: { ...OBJECT, kind: slot === "sky" ? "plane" : "umbrella" } });
      const mask = objectMask(scene, slot);
      expect(changedOutside(renderScene(withObjects({})).data, renderScene(scene).data, [mask])).toBe(0);
      expect(changedOutside(renderScene(withObjects({})).data, renderScene(scene).data, [])).toBeGreaterThan(300);
    }
  });

  it("stay in the picture and in their slots, whatever their kind and the layout", () => {
    for (const kind of world.KINDS) {
      const slots: readonly Slot[] = world.SKY_KINDS.some((each) => each === kind)
        ? ["sky"]
        : ["left", "middle", "right"];
      for (const slot of slots) {
        for (const [layout, size] of [
          [1, "large"],
          [2, "large"],
          [3, "small"],
        ] as const) {
          const scene = { ...withObjects({ [slot]: { ...OBJECT, kind, size } }), layout };
          const { left, top, right, bottom } = boundsOf(objectMask(scene, slot));
          const middle = { left: 23, middle: 64, right: 105, sky: 64 }[slot];
          expect(Math.abs((left + right) / 2 - middle)).toBeLessThan(8);
          expect(right - left).toBeLessThan(size === "large" ? 57 : 42);
          expect(bottom - top).toBeLessThan(size === "large" ? 61 : 47);
          expect(slot === "sky" ? bottom : 128 - top).toBeLessThan(78);
        }
      }
    }
  });

  it("hide what stands to the left of them, and masks know it", () => {
    const pixels = (mask: Uint8Array) => mask.reduce((sum, value) => sum + value, 0);
    const large = { ...OBJECT, kind: "boat", size: "large" } as const;
    let hiddenPixels = 0;
    for (let layout = 0; layout < 30; layout++) {
      const both = { ...withObjects({ middle: large, right: large }), layout };
      const alone = objectMask({ ...both, objects: { middle: large } }, "middle");
      const hidden = objectMask(both, "middle");
      const over = objectMask(both, "right");
      for (let pixel = 0; pixel < alone.length; pixel++) {
        if (alone[pixel] === 1 && hidden[pixel] + over[pixel] === 0) expect.fail(`nobody's pixel ${pixel}`);
      }
      hiddenPixels += pixels(alone) - pixels(hidden);
    }
    expect(hiddenPixels).toBeGreaterThan(10);
  });

  it("have empty masks where there are none", () => {
    expect(objectMask(SCENE, "middle").every((value) => value === 0)).toBe(true);
  });
});

function withObjects(objects: Scene["objects"]): Scene {
  return { ...SCENE, objects };
}

/** The least number of clearly changed pixels between any two of `pictures`. */
function leastChange(pictures: readonly Uint8Array[]): number {
  return Math.min(...pictures.flatMap((a, i) => pictures.slice(i + 1).map((b) => changedOutside(a, b, [], 16))));
}

/** How many pixels changed by `least` in any channel outside of all `masks`. */
function changedOutside(a: Uint8Array, b: Uint8Array, masks: readonly Uint8Array[], least = 1): number {
  const counted = new Uint8Array(SCENE_SIZE * SCENE_SIZE);
  for (let i = 0; i < a.length; i++) if (Math.abs(a[i] - b[i]) >= least) counted[Math.floor(i / 3)] = 1;
  for (const mask of masks) for (let i = 0; i < mask.length; i++) if (mask[i] === 1) counted[i] = 0;
  return counted.reduce((sum, each) => sum + each, 0);
}

function boundsOf(mask: Uint8Array): { left: number; top: number; right: number; bottom: number } {
  const pixels = [...mask.keys()].filter((pixel) => mask[pixel] === 1);
  const columns = pixels.map((pixel) => pixel % SCENE_SIZE);
  const rows = pixels.map((pixel) => Math.floor(pixel / SCENE_SIZE));
  return { left: Math.min(...columns), top: Math.min(...rows), right: Math.max(...columns), bottom: Math.max(...rows) };
}
