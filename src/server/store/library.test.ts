/** The library: what it remembers after it was closed, what it cleans up, what it makes room for. */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { UsageError } from "../../errors.ts";
import { picture, temporaryFolder } from "../server.test-data.ts";
import { Journal } from "./journal.ts";
import { Library } from "./library.ts";
import type { Edit, PictureRef } from "./records.ts";
import { keepWithin } from "./retention.ts";

const SIZE = { width: 24, height: 16 };

function edit(id: string, values: Partial<Edit> = {}): Edit {
  return {
    ...{ id, source: "jobs", status: "succeeded", createdAt: 1, finishedAt: 1, rank: 0, attempts: 1 },
    ...{ model: "fake", prompt: "make it winter", count: 1, previews: "none", outputs: [], notes: [] },
    settings: {
      ...{ steps: 2, textGuidance: 7.5, imageGuidance: 1.5, seed: 1 },
      ...{ resolution: 512, keepBelow: 0, restore: true, negative: "", generator: "cpu" },
    },
    ...{ starred: false, deleted: false },
    ...values,
  };
}

async function made(library: Library, ...colours: number[]): Promise<PictureRef[]> {
  return Promise.all(colours.map(async (r) => library.addPicture(await picture(24, 16, { r, g: 0, b: 0 }), SIZE)));
}

describe("a library", () => {
  it("remembers everything it was given, and nothing it was told to forget", async () => {
    const folder = temporaryFolder();
    const library = await Library.open(folder);
    const [image] = await made(library, 1);
    await library.put("edits", edit("a", { image }), edit("b"));
    await library.put("edits", edit("a", { image, name: "renamed" }));
    await library.remove("edits", "b");
    await library.put("sessions", { id: "s", name: "holiday", createdAt: 3, deleted: false });
    await library.close();
    const again = await Library.open(folder);
    expect([...again.edits.values()]).toEqual([edit("a", { image, name: "renamed" })]);
    expect([...again.sessions.values()]).toEqual([{ id: "s", name: "holiday", createdAt: 3, deleted: false }]);
    expect([...again.pictures.keys()]).toEqual([image.id]);
    expect(again.pictureBytes).toBe(library.pictureBytes);
    await again.close();
  });

  it("stores the same picture once, also when it comes twice at one time", async () => {
    const folder = temporaryFolder();
    const library = await Library.open(folder);
    const [a, b, c] = await made(library, 1, 1, 2);
    expect(a).toEqual(b);
    expect(c.id).not.toBe(a.id);
    const files = readdirSync(join(folder, "pictures"), { recursive: true, encoding: "utf8" });
    expect(files.filter((name) => name.endsWith(".png"))).toHaveLength(2);
    expect(library.pictureBytes).toBe(
      [a, c].reduce((sum, { id }) => sum + readFileSync(library.picturePath(id)).length, 0),
    );
    await library.close();
  });

  it("clears away what a crash left: half a picture, and one whose entry was not written", async () => {
    const folder = temporaryFolder();
    const library = await Library.open(folder);
    const [kept] = await made(library, 1);
    await library.close();
    const stray = join(folder, "pictures", "ab", `ab${"0".repeat(62)}.png`);
    mkdirSync(join(folder, "pictures", "ab"), { recursive: true });
    writeFileSync(stray, "whole but unknown");
    writeFileSync(join(folder, "pictures", "half.tmp"), "half");
    const again = await Library.open(folder);
    const files = readdirSync(join(folder, "pictures"), { recursive: true, encoding: "utf8" });
    expect(files.filter((name) => /png|tmp/.test(name))).toEqual([join(kept.id.slice(0, 2), `${kept.id}.png`)]);
    await again.close();
  });

  it("refuses a store of a later version, and leaves it as it is", async () => {
    const folder = temporaryFolder();
    const { journal } = await Journal.open(join(folder, "journal.jsonl"));
    await journal.append([{ table: "store", id: "format", value: { version: 99 } }]);
    await journal.close();
    const before = readFileSync(join(folder, "journal.jsonl"));
    await expect(Library.open(folder)).rejects.toThrow(UsageError);
    expect(readFileSync(join(folder, "journal.jsonl"))).toEqual(before);
  });

  it("writes its journal anew when most of it is outdated", async () => {
    const folder = temporaryFolder();
    const library = await Library.open(folder);
    await library.put("edits", edit("other"));
    for (let i = 0; i < 50; i++) {
      await Promise.all(Array.from({ length: 100 }, () => library.put("edits", edit("a", { rank: i }))));
    }
    await library.close();
    const { journal, entries } = await Journal.open(join(folder, "journal.jsonl"));
    await journal.close();
    expect(entries.length).toBeLessThan(4100);
    const again = await Library.open(folder);
    expect([again.edits.size, again.edits.get("a")?.rank]).toEqual([2, 49]);
    await again.close();
  });
});

describe("the quota", () => {
  const LATER = Date.now() + 3_600_000;

  it("takes the oldest and the deleted first; starred, unfinished and awaited edits stay", async () => {
    const library = await Library.open(temporaryFolder());
    const images = await made(library, 1, 2, 3, 4, 5, 6, 7);
    const edits = images.map((image, i) => edit(`e${i}`, { image, finishedAt: 10 + i }));
    edits[0] = { ...edits[0], starred: true };
    edits[1] = { ...edits[1], status: "queued" };
    edits[6] = { ...edits[6], deleted: true };
    edits[5] = { ...edits[5], status: "running", parent: "e2" };
    await library.put("edits", ...edits);
    await keepWithin({ bytes: 1e9, edits: 6 }, library, LATER);
    expect([...library.edits.keys()]).toEqual(["e0", "e1", "e2", "e4", "e5"]);
    await keepWithin({ bytes: 1, edits: 100 }, library, LATER);
    expect([...library.edits.keys()]).toEqual(["e0", "e1", "e2", "e5"]);
    expect(new Set(library.pictures.keys())).toEqual(new Set([0, 1, 2, 5].map((i) => images[i].id)));
    await library.close();
  });

  it("counts pictures once however many edits share them, and removes a picture with the last of them", async () => {
    const library = await Library.open(temporaryFolder());
    const [shared, own] = await made(library, 1, 2);
    await library.put(
      "edits",
      edit("old", { image: shared }),
      edit("new", { image: shared, mask: own, finishedAt: 2 }),
    );
    await keepWithin({ bytes: library.pictureBytes, edits: 1 }, library, LATER);
    expect(existsSync(library.picturePath(shared.id))).toBe(false);
    expect(library.pictureBytes).toBe(0);
    await library.close();
  });

  it("leaves an upload that nobody refers to yet, for a while", async () => {
    const library = await Library.open(temporaryFolder());
    const [upload] = await made(library, 1);
    await keepWithin({ bytes: 1, edits: 1 }, library, Date.now());
    expect(library.pictures.has(upload.id)).toBe(true);
    await keepWithin({ bytes: 1, edits: 1 }, library, LATER);
    expect(library.pictures.has(upload.id)).toBe(false);
    await library.close();
  });

  it("removes a grid with the last of its edits", async () => {
    const library = await Library.open(temporaryFolder());
    const grid = { createdAt: 1, axes: [], edits: ["a"] };
    await library.put("grids", { ...grid, id: "g" }, { ...grid, id: "h", edits: ["a", "b"] });
    await library.put("edits", edit("a"), edit("b", { starred: true }));
    await keepWithin({ bytes: 1e9, edits: 1 }, library, LATER);
    expect([...library.grids.keys()]).toEqual(["h"]);
    await library.close();
  });
});
