import { describe, expect, it } from "vitest";

import type { Image } from "../../image/image.ts";
import { differences } from "../attributes.ts";
import { objectMask, renderScene, SCENE_SIZE } from "../render.ts";
import type { Scene, SceneObject } from "../scene.ts";
import type { SceneState } from "../scorer/labels.ts";
import { compareStates } from "./compare-states.ts";
import { editMask, scoreEdit } from "./score-edit.ts";

const BALL: SceneObject = { kind: "ball", colour: "red", material: "plain", size: "large" };
const CAT: SceneObject = { kind: "cat", colour: "white", material: "plain", size: "small" };
const before: Scene = {
  ...{ time: "day", weather: "clear", season: "summer", place: "meadow", style: "photo", layout: 5 },
  objects: { left: BALL, right: CAT },
};
const pairOf = (after: Scene) => ({ before, after, changed: differences(before, after) });
const withObjects = (objects: Scene["objects"]): Scene => ({ ...before, objects });

const recolour = pairOf(withObjects({ left: { ...BALL, colour: "blue" }, right: CAT }));
const removal = pairOf(withObjects({ right: CAT }));
const addition = pairOf(withObjects({ left: BALL, right: CAT, sky: { ...BALL, kind: "kite" } }));
const night = pairOf({ ...before, time: "night" });

const input = renderScene(before);
const outcome = (pair: ReturnType<typeof pairOf>, read: SceneState) => {
  const { success, asked, preserved, wrong } = scoreEdit({ pair, input, output: input, read });
  return { success, asked, preserved, wrong };
};

describe("what an edit is scored by its state", () => {
  it.each([recolour, removal, addition, night])("is success for the target, case %#", (pair) => {
    expect(outcome(pair, pair.after)).toEqual({ success: true, asked: true, preserved: true, wrong: {} });
  });

  it.each([
    [recolour, { "left.colour": "red" }],
    [removal, { "left.kind": "ball" }],
    [addition, { "sky.kind": "nothing", "sky.colour": "nothing", "sky.material": "nothing", "sky.size": "nothing" }],
    [night, { time: "day" }],
  ])("is kept but not done for the input unchanged, case %#", (pair, wrong) => {
    expect(outcome(pair, before)).toEqual({ success: false, asked: false, preserved: true, wrong });
  });

  it("is done but not kept when something else changes too", () => {
    const read = { ...recolour.after, weather: "snow" as const };
    expect(outcome(recolour, read)).toEqual({
      success: false,
      asked: true,
      preserved: false,
      wrong: { weather: "snow" },
    });
    const without = { ...recolour.after, objects: { left: recolour.after.objects.left } };
    expect(outcome(recolour, without)).toMatchObject({
      asked: true,
      preserved: false,
      wrong: { "right.kind": "nothing" },
    });
  });

  it("counts the attributes that nobody asked to change, and those of them that are as they were", () => {
    const untouched = (pair: ReturnType<typeof pairOf>, read: SceneState) =>
      scoreEdit({ pair, input, output: input, read }).untouched;
    // The scene has 5, every slot a kind, and two objects three more each: 15.
    expect(untouched(recolour, recolour.after)).toEqual([14, 14]);
    expect(untouched(recolour, { ...before, weather: "snow", season: "winter" })).toEqual([12, 14]);
    expect(untouched(removal, before)).toEqual([11, 11]); // what is gone has a kind alone, which was to change
    expect(untouched(addition, { ...addition.after, objects: { left: BALL } })).toEqual([10, 14]);
    expect(untouched(night, night.after)).toEqual([14, 14]);
  });

  it("is not kept when an object appears that nobody asked for", () => {
    const crowd = { ...recolour.after, objects: { ...recolour.after.objects, middle: CAT } };
    expect(outcome(recolour, crowd)).toEqual({
      ...{ success: false, asked: true, preserved: false },
      wrong: { "middle.kind": "cat" },
    });
  });

  it("asks for nothing where nothing is to change", () => {
    const nothing = pairOf(before);
    expect(outcome(nothing, before)).toEqual({ success: true, asked: undefined, preserved: true, wrong: {} });
    expect(outcome(nothing, night.after)).toMatchObject({ success: false, asked: undefined, preserved: false });
  });

  it("counts each attribute where it exists", () => {
    const read = { ...before, style: "neon" as const, objects: { left: CAT, middle: CAT } };
    const { counts } = compareStates(read, before);
    expect(counts).toEqual({
      ...{ time: [1, 1], weather: [1, 1], season: [1, 1], place: [1, 1], style: [0, 1] },
      // left a cat and no ball, middle a cat and nothing, right nothing and no cat, the sky rightly empty
      ...{ kind: [1, 4], colour: [0, 2], material: [1, 2], size: [0, 2] },
    });
  });

  it("compares objects as GeNeVA does", () => {
    const swapped = withObjects({ left: CAT, right: BALL });
    const { geneva } = scoreEdit({ pair: pairOf(before), input, output: input, read: swapped });
    // Both objects found; of 8 relations, those across are the opposite: each to the other, each to the middle.
    expect(geneva).toEqual({ precision: 1, recall: 1, f1: 1, rsim: 0.5 });
  });
});

/** The picture with `count` pixels of those in `where` made unlike anything. */
function spoiled(image: Image, where: Uint8Array, count: number): Image {
  const data = image.data.slice();
  const pixels = [...where.keys()].filter((pixel) => where[pixel] === 1).slice(0, count);
  for (const pixel of pixels) for (let i = 3 * pixel; i < 3 * pixel + 3; i++) data[i] = 255 - data[i] > 127 ? 255 : 0;
  return { ...image, data };
}

describe("what an edit is scored by its pixels", () => {
  const outside = editMask(recolour).map((inside) => 1 - inside);
  const room = outside.reduce((sum, one) => sum + one, 0);

  it("may change them where the changed objects are, before and after", () => {
    const moved = pairOf(withObjects({ middle: BALL, right: CAT }));
    const [from, to] = [objectMask(before, "left"), objectMask(moved.after, "middle")];
    expect(editMask(moved)).toEqual(from.map((seen, pixel) => seen | to[pixel]));
    expect(room).toBeGreaterThan(SCENE_SIZE * SCENE_SIZE * 0.8);
  });

  it("is perfect for the input outside the mask, whatever is inside", () => {
    const output = spoiled(input, editMask(recolour), 50);
    const score = scoreEdit({ pair: recolour, input, output, read: before });
    expect(score.outside).toEqual({ difference: 0, within2: 1, within10: 1 });
  });

  it("counts the pixels that changed outside", () => {
    const output = spoiled(input, outside, 100);
    const score = scoreEdit({ pair: recolour, input, output, read: before });
    const sum = output.data.reduce((total, value, i) => total + Math.abs(value - input.data[i]), 0);
    expect(score.outside?.within10).toBeCloseTo(1 - 100 / room, 12);
    expect(score.outside?.difference).toBeCloseTo(sum / (255 * 3 * room), 12);
  });

  it("has nothing outside an edit of the whole picture, but for a mask that is given", () => {
    expect(scoreEdit({ pair: night, input, output: input, read: before }).outside).toBeUndefined();
    const mask = new Uint8Array(SCENE_SIZE * SCENE_SIZE);
    const score = scoreEdit({ pair: night, input, output: input, read: before, mask });
    expect(score.outside).toEqual({ difference: 0, within2: 1, within10: 1 });
  });

  it("has PaintBench's score against the target", () => {
    const target = renderScene(recolour.after);
    const best = scoreEdit({ pair: recolour, input, output: target, read: recolour.after });
    expect(best.paintBench).toEqual({ iou2: 1, iou10: 1, mean: 1 });
    const worst = scoreEdit({ pair: recolour, input, output: input, read: before });
    expect(worst.paintBench.mean).toBeLessThan(0.2);
  });
});
