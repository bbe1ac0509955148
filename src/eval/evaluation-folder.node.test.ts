import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { CheckpointError, UsageError } from "../errors.ts";
import { EvaluationFolder } from "./evaluation-folder.node.ts";
import type { Row } from "./trials.ts";
import { weightsDigest } from "./weights-digest.node.ts";

interface Numbered extends Row {
  readonly value: number;
}

const SETTINGS = { model: "a", steps: 20, clip: null };
const picture = { width: 3, height: 2, data: Uint8Array.from({ length: 18 }, (_, i) => 10 * i) };

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "evaluation-")), "new");
});
afterEach(() => rmSync(join(folder, ".."), { recursive: true }));

async function keepTwo() {
  await using kept = await EvaluationFolder.open<Numbered>(folder, SETTINGS);
  await kept.keep({ key: "one 7.5", value: 1 }, picture);
  await kept.keep({ key: "two", value: 2 });
}

describe("an evaluation's folder", () => {
  it("goes on with the rows and pictures that are there", async () => {
    await keepTwo();
    await using again = await EvaluationFolder.open<Numbered>(folder, SETTINGS);
    expect([...again.rows.values()]).toEqual([
      { key: "one 7.5", value: 1 },
      { key: "two", value: 2 },
    ]);
    expect(await again.picture("one 7.5")).toEqual(picture);
    expect(await again.picture("two")).toBeUndefined();
  });

  it("drops a line that was not finished, and appends after the last whole one", async () => {
    await keepTwo();
    appendFileSync(join(folder, "rows.jsonl"), '{"key":"thr');
    {
      await using again = await EvaluationFolder.open<Numbered>(folder, SETTINGS);
      expect([...again.rows.keys()]).toEqual(["one 7.5", "two"]);
      await again.keep({ key: "three", value: 3 });
    }
    const lines = readFileSync(join(folder, "rows.jsonl"), "utf8").trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).value)).toEqual([1, 2, 3]);
  });

  it("refuses to mix settings, and says which differ", async () => {
    await keepTwo();
    const open = EvaluationFolder.open(folder, { ...SETTINGS, steps: 50 });
    await expect(open).rejects.toThrow(
      new UsageError(
        `${folder} holds an evaluation with steps 20, not 50: choose another folder, or start anew there with --force`,
      ),
    );
    await expect(EvaluationFolder.open(folder, { ...SETTINGS, clip: "x" })).rejects.toThrow(/clip null, not "x"/);
  });

  it("starts anew with force", async () => {
    await keepTwo();
    await using anew = await EvaluationFolder.open<Numbered>(folder, { ...SETTINGS, steps: 50 }, { force: true });
    expect(anew.rows.size).toBe(0);
    expect(existsSync(join(folder, "pictures"))).toBe(false);
    expect(JSON.parse(readFileSync(join(folder, "settings.json"), "utf8"))).toEqual({ ...SETTINGS, steps: 50 });
  });

  it("takes a file in its place for wrong usage", async () => {
    writeFileSync(folder, "");
    await expect(EvaluationFolder.open(folder, SETTINGS)).rejects.toThrow(/cannot make the folder/);
  });
});

describe("the digest of weights", () => {
  it("is a file's SHA-256, and of a folder that of its list of names and hashes", async () => {
    rmSync(folder, { force: true });
    const root = join(folder, "..");
    writeFileSync(join(root, "a.safetensors"), "abc");
    writeFileSync(join(root, "notes.txt"), "whatever");
    const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    expect(await weightsDigest(join(root, "a.safetensors"))).toBe(abc);
    const { createHash } = await import("node:crypto");
    expect(await weightsDigest(root)).toBe(createHash("sha256").update(`${abc}  a.safetensors\n`).digest("hex"));
    await expect(weightsDigest(join(root, "none"))).rejects.toThrow(CheckpointError);
  });
});
