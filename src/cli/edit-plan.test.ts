/** Names of results. */

import { describe, expect, it } from "vitest";
import { editSettings } from "../options/edit.ts";
import { defaultOutput, slug } from "./edit-plan.ts";

describe("slug", () => {
  it.each([
    ["make it winter", "winter"],
    ["turn him into a cyborg", "cyborg"],
    ["as a watercolor", "watercolor"],
    ["Add a HAT, please!", "add-hat"],
    ["make it", "make-it"],
    ["Füge Öl hinzu", "fuge-ol-hinzu"],
    ["冬にする", "冬にする"],
    ["../../etc/passwd", "etc-passwd"],
    ["a\u0000b/c\\d", "b-c-d"],
    ["", "edit"],
    ["!?", "edit"],
    ["what would it look like if it were snowing heavily", "what-would-look-like-if-were"],
    ["x".repeat(99), "x".repeat(32)],
  ])("of %j is %s", (instruction, name) => {
    expect(slug(instruction)).toBe(name);
  });
});

describe("defaultOutput", () => {
  const settings = { ...editSettings.parse({}), seed: 7 };

  it.each([
    ["photo.jpg", undefined, "photo.snow-7.png"],
    ["a/b.c/photo.final.jpeg", undefined, "a/b.c/photo.final.snow-7.png"],
    ["/x/photo", "out", "out/photo.snow-7.png"],
    ["-", undefined, "stdin.snow-7.png"],
    ["-", "out/", "out/stdin.snow-7.png"],
  ])("of %s in %s is %s", (image, folder, path) => {
    expect(defaultOutput({ image, folder, instruction: "make it snow", settings })).toBe(path);
  });
});
