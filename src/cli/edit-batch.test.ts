/** Many edits in one run of `ip2p edit`: images × instructions × variants, folders, jobs files, failures among them. */

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fakeImage, makePhoto, run } from "./edit-fake.test-data.ts";

let folder: string;
let photo: string;
beforeEach(() => {
  ({ folder, photo } = makePhoto());
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("batches", () => {
  it("is images × instructions × variants, images outermost, into a folder that is made", async () => {
    const other = join(folder, "other.png");
    writeFileSync(other, fakeImage(64, 80));
    const into = join(folder, "new", "edits");
    const { code, out, err, edits, engine } = await run([
      photo,
      other,
      "-p",
      "hat",
      "-p",
      "as a watercolor",
      "--count",
      "2",
      "--seed",
      "10",
      "--out",
      into,
      "--steps",
      "1",
    ]);
    const names = ["photo.hat-10", "photo.hat-11", "photo.watercolor-10", "photo.watercolor-11"];
    const paths = [...names, ...names.map((name) => name.replace("photo", "other"))].map((n) => join(into, `${n}.png`));
    expect(out).toBe(paths.map((path) => `${path}\n`).join(""));
    expect(edits.map(({ seed }) => seed)).toEqual([10, 11, 10, 11, 10, 11, 10, 11]);
    expect(edits.map(({ size }) => size[1])).toEqual([64, 64, 64, 64, 80, 80, 80, 80]);
    expect(err).toContain("Editing 8/8 1/1");
    expect(err.match(/weights are fake/g)).toHaveLength(1);
    expect({ code, loads: engine.calls.loads.length }).toEqual({ code: 0, loads: 1 });
  });

  it("shares a drawn seed, so that one flag repeats the run", async () => {
    const { edits } = await run([photo, "-p", "a hat", "-p", "a scarf", "--steps", "1"]);
    expect(edits).toHaveLength(2);
    expect(edits[0].seed).toBe(edits[1].seed);
  });

  it("a folder stands for the images in it", async () => {
    writeFileSync(join(folder, "a.PNG"), fakeImage(64, 64));
    writeFileSync(join(folder, "notes.txt"), "");
    mkdirSync(join(folder, "sub"));
    const { code, out } = await run([folder, "hat", "--seed", "1", "--steps", "1", "--out", join(folder, "sub")]);
    expect(code).toBe(0);
    expect(out.trim().split("\n")).toEqual(["a", "photo"].map((stem) => join(folder, "sub", `${stem}.hat-1.png`)));
  });

  it("goes on after a failure, and says so with exit code 3", async () => {
    const broken = join(folder, "broken.png");
    writeFileSync(broken, "hello");
    const { code, out, err } = await run([
      photo,
      broken,
      "-p",
      "fail no luck",
      "-p",
      "hat",
      "--seed",
      "1",
      "--steps",
      "1",
    ]);
    expect(out).toBe(`${join(folder, "photo.hat-1.png")}\n`);
    expect(err).toContain(`error: ${photo} "fail no luck": no luck`);
    expect(err).toContain(`error: ${broken} "hat": ${broken} is not an image`);
    expect(code).toBe(3);
  });

  it("has the first failure's code when nothing came out", async () => {
    const { code } = await run([photo, "-p", "fail out of memory", "-p", "fail otherwise", "--steps", "1"]);
    expect(code).toBe(5);
  });

  it("refuses two edits that would be written to one file", async () => {
    mkdirSync(join(folder, "a"));
    writeFileSync(join(folder, "a", "photo.png"), fakeImage(64, 64));
    const { code, err, engine } = await run([photo, join(folder, "a", "photo.png"), "-p", "x", "--out", folder]);
    expect(err).toMatch(/would be written twice, by .*photo\.jpg "x" seed \d+ and by .*photo\.png "x"/);
    expect({ code, loads: engine.calls.loads.length }).toEqual({ code: 2, loads: 0 });
  });
});

describe("jobs files", () => {
  const jobs = (...lines: (object | string)[]) => {
    const path = join(folder, "jobs.jsonl");
    writeFileSync(path, lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n"));
    return path;
  };

  it("each line overrides the command line, in order", async () => {
    const path = jobs(
      { instruction: "hat" },
      "",
      { prompt: "scarf", num_inference_steps: 2, cfg_image: 1.1, seed: 7 },
      { edit: "boots", output: join(folder, "boots.png") },
    );
    const { code, out, edits } = await run([photo, "--jobs", path, "--steps", "3", "--seed", "5", "--out", folder]);
    expect(
      edits.map(({ instruction, steps, imageGuidance, seed }) => [instruction, steps, imageGuidance, seed]),
    ).toEqual([
      ["hat", 3, 1.5, 5],
      ["scarf", 2, 1.1, 7],
      ["boots", 3, 1.5, 5],
    ]);
    const names = ["photo.hat-5.png", "photo.scarf-7.png", "boots.png"];
    expect({ code, out }).toEqual({ code: 0, out: names.map((name) => `${join(folder, name)}\n`).join("") });
  });

  it("come from standard input too", async () => {
    const stdin = `${JSON.stringify({ image: photo, prompt: "hat", seed: 1, steps: 1 })}\n`;
    const { code, edits } = await run(["--jobs", "-"], { stdin });
    expect({ code, instructions: edits.map(({ instruction }) => instruction) }).toEqual({
      code: 0,
      instructions: ["hat"],
    });
  });

  it.each([
    [[{ prompt: "x" }, { steps: 0 }], /jobs\.jsonl, line 2: steps expects an integer from 1 to 1000; got 0/],
    [[{ prompt: "x", stps: 3 }], /jobs\.jsonl, line 1: there is no option "stps" here \(did you mean steps\?\)/],
    [[{ prompt: "x", model: "m" }], /line 1: there is no option "model" here/],
    [["{"], /line 1: expected a JSON object; /],
    [["[1]"], /line 1: expected a JSON object, got \[1\]/],
    [["", " "], /jobs\.jsonl holds no jobs/],
  ])("%j is refused with its line", async (lines, message) => {
    const { code, err } = await run([photo, "--jobs", jobs(...lines)]);
    expect(err).toMatch(message);
    expect(code).toBe(2);
  });
});
