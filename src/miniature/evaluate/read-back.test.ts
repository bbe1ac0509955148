import { describe, expect, it } from "vitest";

import type { SayablePath } from "../caption-plan.ts";
import type { Scene, SceneObject } from "../scene.ts";
import { readBack } from "./read-back.ts";

const BALL: SceneObject = { kind: "ball", colour: "red", material: "plain", size: "large" };
const CAT: SceneObject = { kind: "cat", colour: "white", material: "plain", size: "small" };
const scene: Scene = {
  ...{ time: "day", weather: "clear", season: "summer", place: "meadow", style: "photo", layout: 5 },
  objects: { left: BALL, right: CAT },
};
const swapped: Scene = { ...scene, objects: { left: CAT, right: BALL } };

describe("what a caption says", () => {
  it("holds of its own scene", () => {
    const said: SayablePath[] = ["time", "style", "left.kind", "left.colour", "left.slot", "right.kind", "right.size"];
    expect(readBack(scene, scene, said)).toEqual(Object.fromEntries(said.map((path) => [path, true])));
  });

  it("holds wherever an object is, unless it says where", () => {
    const said: SayablePath[] = ["left.kind", "left.colour", "right.kind", "right.colour"];
    expect(Object.values(readBack(swapped, scene, said))).toEqual([true, true, true, true]);
    expect(readBack(swapped, scene, [...said, "left.slot"])).toMatchObject({ "left.kind": true, "left.slot": false });
  });

  it("is matched so that as much as possible holds", () => {
    // A red cat on the left: as the mention of the ball it has the colour, as that of the cat the kind; it is one object.
    const read: Scene = { ...scene, objects: { left: { ...CAT, colour: "red" } } };
    const said: SayablePath[] = ["left.kind", "left.colour", "right.kind", "right.size"];
    expect(readBack(read, scene, said)).toEqual({
      ...{ "left.kind": false, "left.colour": false },
      ...{ "right.kind": true, "right.size": true },
    });
  });

  it("does not find one object twice", () => {
    const two: Scene = { ...scene, objects: { left: BALL, middle: BALL } };
    const one: Scene = { ...scene, objects: { right: BALL } };
    const said: SayablePath[] = ["left.kind", "middle.kind"];
    expect(Object.values(readBack(one, two, said)).sort()).toEqual([false, true]);
    expect(Object.values(readBack({ ...scene, objects: {} }, two, said))).toEqual([false, false]);
  });

  it("is compared for the whole picture too", () => {
    expect(readBack({ ...scene, weather: "fog" }, scene, ["weather", "place"])).toEqual({
      weather: false,
      place: true,
    });
  });
});
