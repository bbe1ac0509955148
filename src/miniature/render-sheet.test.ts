import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readImage } from "../image/decode.node.ts";
import { renderScene } from "./render.ts";

it("tools/miniature-sheet.mjs lays pictures of scenes side by side", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sheet-"));
  try {
    const path = join(folder, "styles.png");
    execFileSync(process.execPath, ["tools/miniature-sheet.mjs", "styles", path], { stdio: "pipe" });
    const sheet = await readImage(path);
    expect([sheet.width, sheet.height]).toEqual([6 * 132 - 4, 3 * 132 - 4]);
    const sky = renderScene({
      ...{ time: "day", weather: "clear", season: "summer", place: "meadow", style: "photo", layout: 3 },
      objects: {},
    });
    expect(sheet.data.slice(0, 90)).toEqual(sky.data.slice(0, 90));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it("tools/miniature-sheet.mjs says what it can do when asked for something else", () => {
  expect(() => execFileSync(process.execPath, ["tools/miniature-sheet.mjs", "nothing"], { stdio: "pipe" })).toThrow(
    /usage:.*kinds.*seasons/,
  );
});
