/** Runs whose process is killed, or whose disk is full, at any moment: what is on the disk then is enough to go on. */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const CACHE = fileURLToPath(new URL("../../../.cache/", import.meta.url));
let program: string;
let root: string;

/** A child process cannot run TypeScript, so it gets the program as one JavaScript file, inside the project for sharp's sake. */
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "ip2p-kills-"));
  mkdirSync(CACHE, { recursive: true });
  program = mkdtempSync(join(CACHE, "kills-"));
  await build({
    ...{ configFile: false, logLevel: "silent" },
    build: {
      ssr: fileURLToPath(new URL("./mortal-run.test-data.ts", import.meta.url)),
      outDir: program,
      target: "node20",
      rolldownOptions: { output: { entryFileNames: "mortal-run.mjs" } },
    },
  });
});
afterAll(() => {
  for (const folder of [root, program]) rmSync(folder, { recursive: true });
});

interface Ended {
  readonly signal: NodeJS.Signals | null;
  readonly problem: string;
}

function start(...args: (string | number)[]): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [join(program, "mortal-run.mjs"), ...args.map(String)]);
  let problem = "";
  child.stderr.on("data", (chunk) => (problem += chunk));
  const ended = new Promise<Ended>((resolve) => child.on("close", (_code, signal) => resolve({ signal, problem })));
  return { child, ended };
}

async function finish(folder: string, steps: number): Promise<void> {
  expect(await start(folder, steps).ended).toEqual({ signal: null, problem: "" });
}

/** What must be the same after any number of interruptions: all files but those of clocks. Nothing half-written is left. */
function outcome(folder: string): Map<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name)).sort();
  const files = new Map(paths.map((path) => [path.slice(folder.length + 1), readFileSync(path, "latin1")]));
  const timed = files
    .get("timings.jsonl")!
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).step);
  for (const name of files.keys()) if (/^(events\.|timings\.)/.test(name)) files.delete(name);
  return files.set("steps timed", timed.join());
}

async function undisturbed(steps: number): Promise<Map<string, string>> {
  const folder = join(root, `undisturbed-${steps}`);
  await finish(folder, steps);
  return outcome(folder);
}

/** Numbers 0 … 1 that look random, always the same ones. */
function* numbers(): Generator<number> {
  const modulus = 2 ** 31 - 1;
  for (let state = 1; ; state = (state * 48_271) % modulus) yield state / modulus;
}

describe("a run that is killed", () => {
  it("at 16 file operations, often in the middle of one, ends in the bytes of an undisturbed one", async () => {
    const folder = join(root, "operations");
    const random = numbers();
    let kills = 0;
    while (kills < 16) {
      // Enough operations to get ahead now and then, and too few to get to the end.
      const operation = 1 + Math.floor(random.next().value * 110);
      const { signal, problem } = await start(folder, 1000, "kill", operation).ended;
      expect({ signal, problem }).toEqual({ signal: "SIGKILL", problem: "" });
      kills += 1;
    }
    const steps = lastStep(folder) + 5;
    await finish(folder, steps);
    expect(steps).toBeGreaterThan(10);
    expect(outcome(folder)).toEqual(await undisturbed(steps));
  });

  it("by somebody else at 10 moments, ends in the bytes of an undisturbed one", async () => {
    const folder = join(root, "moments");
    const random = numbers();
    for (let kills = 0; kills < 10; kills++) {
      const { child, ended } = start(folder, 1_000_000);
      await Promise.race([ended, new Promise((resolve) => child.stdout!.once("data", resolve))]);
      await new Promise((resolve) => setTimeout(resolve, random.next().value * 60));
      child.kill("SIGKILL");
      expect(await ended).toEqual({ signal: "SIGKILL", problem: "" });
    }
    const steps = lastStep(folder) + 5;
    await finish(folder, steps);
    expect(outcome(folder)).toEqual(await undisturbed(steps));
  });
});

/** The last step that has a snapshot, whole or not. */
function lastStep(folder: string): number {
  return Math.max(
    0,
    ...readdirSync(join(folder, "checkpoints")).map((name) => Number(/^step-(\d+)$/.exec(name)?.[1] ?? 0)),
  );
}

describe("a run whose disk is full", () => {
  let expected: Map<string, string>;
  beforeAll(async () => {
    expected = await undisturbed(7);
  });

  it.each([10, 13, 14, 15, 16])("at write %d stops with the reason, and goes on when there is room", async (write) => {
    const folder = join(root, `full-${write}`);
    const { signal, problem } = await start(folder, 7, "full", write).ended;
    expect(signal).toBeNull();
    expect(problem).toMatch(/UsageError: .* the disk of .* has .* left\. Make room, then resume the run/);
    expect(readdirSync(folder, { recursive: true }).filter((name) => String(name).endsWith(".tmp"))).toEqual([]);
    await finish(folder, 7);
    expect(outcome(folder)).toEqual(expected);
  });
});
