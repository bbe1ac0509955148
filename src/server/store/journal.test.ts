/** The journal, as it is after an orderly end, after a crash in the middle of a line, and after damage. */

import { appendFileSync, existsSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { temporaryFolder } from "../server.test-data.ts";
import { type Entry, Journal } from "./journal.ts";

const entry = (id: string, text = id): Entry => ({ table: "edits", id, value: { text } });

async function reopened(path: string) {
  const opened = await Journal.open(path);
  await opened.journal.close();
  return opened;
}

describe("a journal", () => {
  it("gives back what was appended, in order, removals included", async () => {
    const path = join(temporaryFolder(), "journal.jsonl");
    const { journal, entries } = await Journal.open(path);
    expect(entries).toEqual([]);
    const written = [entry("a", "line\nbreaks and ünïcode 🎨"), entry("b"), { table: "edits", id: "a" }];
    await Promise.all(written.map((each) => journal.append([each])));
    expect(journal.size).toBe(3);
    await journal.close();
    const again = await reopened(path);
    expect(again).toMatchObject({ entries: written, damaged: 0 });
    expect(again.journal.size).toBe(3);
  });

  it("syncs once for entries that come together", async () => {
    const path = join(temporaryFolder(), "journal.jsonl");
    const { journal } = await Journal.open(path);
    const probe = await open(path, "r");
    const sync = vi.spyOn(Object.getPrototypeOf(probe), "datasync");
    await Promise.all(Array.from({ length: 50 }, (_, i) => journal.append([entry(String(i))])));
    expect(sync).toHaveBeenCalledTimes(1);
    sync.mockRestore();
    await probe.close();
    await journal.close();
    expect((await reopened(path)).entries).toHaveLength(50);
  });

  it("loses nothing but the line that a crash cut short, wherever it was cut", async () => {
    const path = join(temporaryFolder(), "journal.jsonl");
    const { journal } = await Journal.open(path);
    await journal.append([entry("a"), entry("b"), entry("ü")]);
    await journal.close();
    const whole = readFileSync(path);
    const lastLine = whole.lastIndexOf(10, whole.length - 2) + 1;
    for (let length = whole.length - 1; length >= lastLine; length--) {
      writeFileSync(path, whole);
      truncateSync(path, length);
      const { journal, entries, damaged } = await Journal.open(path);
      expect([entries.map(({ id }) => id), damaged]).toEqual([["a", "b"], 0]);
      await journal.append([entry("c")]);
      await journal.close();
      expect((await reopened(path)).entries.map(({ id }) => id)).toEqual(["a", "b", "c"]);
    }
  });

  it("keeps a damaged file aside and every whole line of it", async () => {
    const path = join(temporaryFolder(), "journal.jsonl");
    const { journal } = await Journal.open(path);
    await journal.append([entry("a"), entry("b"), entry("c")]);
    await journal.close();
    const damagedText = readFileSync(path, "utf8").replace('"text":"b"', '"text":"x"');
    writeFileSync(path, damagedText);
    const { entries, damaged } = await reopened(path);
    expect([entries.map(({ id }) => id), damaged]).toEqual([["a", "c"], 1]);
    expect(readFileSync(`${path}.damaged`, "utf8")).toBe(damagedText);
    expect(await reopened(path)).toMatchObject({ damaged: 0, entries: [entry("a"), entry("c")] });
  });

  it("is rewritten whole, and takes entries before and after", async () => {
    const path = join(temporaryFolder(), "journal.jsonl");
    const { journal } = await Journal.open(path);
    const before = journal.append([entry("a", "old"), entry("b")]);
    const rewritten = journal.rewrite(() => [entry("a", "new")]);
    const after = journal.append([entry("c")]);
    await Promise.all([before, rewritten, after]);
    await journal.append([entry("d")]);
    expect(journal.size).toBe(2);
    await journal.close();
    expect((await reopened(path)).entries).toEqual([entry("a", "new"), entry("d")]);
    expect(existsSync(`${path}.tmp`)).toBe(false);
  });

  it("rejects what could not be written, and goes on with a clean line", async () => {
    const path = join(temporaryFolder(), "journal.jsonl");
    const { journal } = await Journal.open(path);
    const probe = await open(path, "r");
    const full = vi.spyOn(Object.getPrototypeOf(probe), "appendFile").mockImplementationOnce(async () => {
      appendFileSync(path, "half a li");
      throw Object.assign(new Error("no space left"), { code: "ENOSPC" });
    });
    await expect(journal.append([entry("a")])).rejects.toThrow("no space left");
    full.mockRestore();
    await probe.close();
    await journal.append([entry("b")]);
    await journal.close();
    expect(await reopened(path)).toMatchObject({ entries: [entry("b")], damaged: 0 });
  });
});
