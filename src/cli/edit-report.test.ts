/** What scripts see of `ip2p edit`: JSON, events, plans, failures of the model, interruption. */

import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CheckpointError, HubError, UsageError } from "../errors.ts";
import { runEdit } from "./edit.ts";
import { type FakeTerminal, fakeEngine, fakeTerminal, makePhoto, run } from "./edit-fake.test-data.ts";

let folder: string;
let photo: string;
beforeEach(() => {
  ({ folder, photo } = makePhoto());
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("--json", () => {
  it("prints one document", async () => {
    const { code, out } = await run([photo, "hat", "--json", "--seed", "4", "--steps", "2"]);
    const path = join(folder, "photo.hat-4.png");
    expect(out.trim().split("\n")).toHaveLength(1);
    expect(JSON.parse(out)).toMatchObject({
      ...{ type: "result", code: 0, failed: [] },
      results: [{ path, image: photo, seconds: 2, instruction: "hat", settings: { seed: 4 }, output: { width: 96 } }],
    });
    expect(code).toBe(0);
  });

  it("says what failed", async () => {
    const { code, out } = await run([photo, "-p", "fail no luck", "-p", "hat", "--json", "--steps", "1"]);
    expect(JSON.parse(out)).toMatchObject({
      ...{ type: "result", code: 3 },
      results: [{ instruction: "hat" }],
      failed: [{ image: photo, instruction: "fail no luck", code: 1, message: "no luck" }],
    });
    expect(code).toBe(3);
  });

  it.each([
    [["--steps", "0"], 2, /--steps expects/],
    [["--nonsense"], 2, /unknown flag --nonsense/],
  ])("%j is an error document", async (flags, code, message) => {
    const { out, ...rest } = await run([photo, "x", "--json", ...flags]);
    expect(JSON.parse(out)).toEqual({
      type: "error",
      code,
      message: expect.stringMatching(message),
      results: [],
      failed: [],
    });
    expect(rest.code).toBe(code);
  });
});

describe("--progress json", () => {
  const events = (out: string) =>
    out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));

  it("prints an event per step and exactly one final line", async () => {
    const { out, err } = await run([photo, "hat", "--progress", "json", "--steps", "4", "--seed", "1"]);
    const lines = events(out);
    expect(lines.slice(0, 5)).toEqual([
      { type: "progress", job: 1, jobs: 1, step: 0, steps: 4, eta_s: null },
      { type: "progress", job: 1, jobs: 1, step: 1, steps: 4, eta_s: null },
      { type: "progress", job: 1, jobs: 1, step: 2, steps: 4, eta_s: 2 },
      { type: "progress", job: 1, jobs: 1, step: 3, steps: 4, eta_s: 1 },
      { type: "progress", job: 1, jobs: 1, step: 4, steps: 4, eta_s: 0 },
    ]);
    expect(lines.slice(5).map(({ type }) => type)).toEqual(["output", "result"]);
    expect(err).not.toContain("Editing");
  });

  it("ends with an error line when all fails, with a result line when some does", async () => {
    const failed = events((await run([photo, "fail no luck", "--progress=json"])).out);
    expect(failed.at(-1)).toMatchObject({ type: "error", code: 1, message: "no luck" });
    const partly = events((await run([photo, "-p", "fail no", "-p", "hat", "--progress=json", "--steps", "1"])).out);
    expect(partly.at(-1)).toMatchObject({ type: "result", code: 3 });
    for (const lines of [failed, partly]) {
      expect(lines.filter(({ type }) => type === "result" || type === "error")).toHaveLength(1);
    }
  });

  it("has the final line also for wrong usage", async () => {
    const lines = events((await run([photo, "x", "--progress", "json", "--steps", "0"])).out);
    expect(lines).toEqual([expect.objectContaining({ type: "error", code: 2 })]);
  });
});

describe("--dry-run", () => {
  it("prints the plan and touches nothing", async () => {
    const { code, out, engine } = await run([photo, "hat", "--dry-run", "--seed", "3", "--out", join(folder, "new")]);
    expect(out).toBe(
      [
        "model default/model: about 1.9 GB of memory, 4.3 GB of weights stay mapped",
        `${photo} → ${join(folder, "new", "photo.hat-3.png")}`,
        '  "hat" · 96×64, edited at 576×384',
        "  100 steps · text guidance 7.5 · image guidance 1.5 · seed 3",
        "",
      ].join("\n"),
    );
    expect({ code, loads: engine.calls.loads.length, files: readdirSync(folder) }).toEqual({
      ...{ code: 0, loads: 0, files: ["photo.jpg"] },
    });
  });

  it("prints it as JSON", async () => {
    const { out } = await run([photo, "hat", "--dry-run", "--json", "--seed", "3", "--model", "a/b"]);
    expect(JSON.parse(out)).toMatchObject({
      ...{ type: "plan", code: 0, model: "a/b", memory: null, failed: [] },
      jobs: [
        { image: photo, instruction: "hat", settings: { seed: 3, steps: 100 }, working: { width: 576, height: 384 } },
      ],
    });
  });
});

describe("the model", () => {
  it.each([
    ["is missing", new CheckpointError("x: no such model"), 4],
    ["cannot be fetched", new HubError("a/b: not found", { retryable: false }), 4],
    ["does not fit", new RangeError("Array buffer allocation failed"), 5],
    ["breaks", new TypeError("internal: x"), 1],
  ])("that %s ends the run", async (_name, error, code) => {
    const terminal = fakeTerminal();
    const engine = fakeEngine(terminal);
    const load = () => Promise.reject(error);
    expect(await runEdit([photo, "x"], terminal, { ...engine, load })).toBe(code);
    expect(terminal.err()).toBe(`error: ${error.message}\n`);
  });

  it("that is named wrongly is a missing model, not wrong usage", async () => {
    const terminal = fakeTerminal();
    const load = () => Promise.reject(new UsageError('model "x": no such file or folder'));
    expect(await runEdit([photo, "x", "--model", "x"], terminal, { ...fakeEngine(terminal), load })).toBe(4);
  });

  it("--verbose shows where an error comes from", async () => {
    const { err } = await run([photo, "fail no luck", "--verbose"]);
    expect(err).toMatch(/error: .*no luck\nError: no luck\n {4}at /);
  });
});

describe("Ctrl-C", () => {
  const interrupted = async (argv: string[], terminal: FakeTerminal, engine = fakeEngine(terminal)) => ({
    code: await runEdit(argv, terminal, engine),
    engine,
    out: terminal.out(),
  });

  it("stops after the current step, leaves no file and releases the model", async () => {
    const terminal = fakeTerminal();
    const engine = fakeEngine(terminal, { onStep: (step) => step === 3 && terminal.interrupt() });
    const { code, out } = await interrupted([photo, "hat", "--steps", "50"], terminal, engine);
    expect({ code, out, files: readdirSync(folder), time: terminal.now() }).toEqual({
      ...{ code: 130, out: "", files: ["photo.jpg"], time: 3000 },
    });
    expect(engine.calls.disposed).toBe(1);
    expect(terminal.err()).toMatch(/interrupted\n$/);
  });

  it("keeps what was finished and tells so in JSON", async () => {
    const terminal = fakeTerminal();
    const onStep = (step: number, { instruction }: { instruction: string }) =>
      instruction === "scarf" && step === 2 && terminal.interrupt();
    const engine = fakeEngine(terminal, { onStep });
    const argv = [
      photo,
      "-p",
      "hat",
      "-p",
      "scarf",
      "-p",
      "boots",
      "--steps",
      "3",
      "--seed",
      "1",
      "--progress",
      "json",
    ];
    const { code, out } = await interrupted(argv, terminal, engine);
    const last = JSON.parse(out.trimEnd().split("\n").at(-1) ?? "");
    expect(last).toMatchObject({ type: "error", code: 130, results: [{ instruction: "hat" }], failed: [] });
    expect({ code, files: readdirSync(folder).sort() }).toEqual({ code: 130, files: ["photo.hat-1.png", "photo.jpg"] });
  });

  it("stops the loading of a model", async () => {
    const terminal = fakeTerminal();
    const { code, engine } = await interrupted(
      [photo, "hat"],
      terminal,
      fakeEngine(terminal, { onLoad: () => terminal.interrupt() }),
    );
    expect({ code, edits: engine.calls.edits }).toEqual({ code: 130, edits: [] });
  });
});
