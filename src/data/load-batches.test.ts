/** Threads change nothing but the speed. Runs the compiled worker. */

import { cpSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { UsageError } from "../errors.ts";
import type { Batches } from "./batches.ts";
import { describeExample, golden } from "./golden.test-data.ts";
import { loadBatches } from "./load-batches.node.ts";
import { openDataset } from "./open-dataset.node.ts";

const scratch = mkdtempSync(join(tmpdir(), "ip2p-load-"));
afterAll(() => rmSync(scratch, { recursive: true }));

function copyOf(name: string): string {
  const copy = mkdtempSync(join(scratch, "copy-"));
  cpSync(golden(name), copy, { recursive: true });
  return copy;
}

async function take(batches: Batches, count: number) {
  const taken = [];
  for await (const { examples, ...batch } of batches) {
    if (taken.push({ ...batch, examples: examples.map(describeExample) }) >= count) break;
  }
  return taken;
}

describe("loadBatches", () => {
  it.each(["folders", "jsonl", "hqedit"])("gives the same from %s with two workers as with none", async (name) => {
    const dataset = await openDataset(golden(name));
    const options = { batch: 3, seed: 11, geometry: { resolution: 40, resize: [40, 48] } } as const;
    const alone = await take(loadBatches(dataset, options), 5);
    const [first] = alone[0].examples;
    expect([first.input[0], first.input[1]]).toEqual([40, 40]);
    expect(await take(loadBatches(dataset, { ...options, workers: 2 }), 5)).toEqual(alone);
    expect(await take(loadBatches(dataset, { ...options, workers: 1, start: 3, prefetch: 0 }), 2)).toEqual(
      alone.slice(3),
    );
  });

  it("reports what workers left out", async () => {
    const copy = copyOf("jsonl");
    writeFileSync(join(copy, "pictures/1_a.jpg"), "\xff\xd8\xff damaged");
    unlinkSync(join(copy, "pictures/3_b.jpg"));
    const dataset = await openDataset(copy);
    const batches = loadBatches(dataset, { batch: 4, seed: 1, workers: 2 });
    const taken = await take(batches, 2);
    expect(new Set(taken.flatMap(({ examples }) => examples.map(({ id }) => id)))).toEqual(
      new Set(["metadata.jsonl:1", "metadata.jsonl:4"]),
    );
    expect(
      batches
        .report()
        .map(({ reason, count }) => [reason, count])
        .sort(),
    ).toEqual([
      ["broken picture", 1],
      ["missing picture", 1],
    ]);
    const alone = loadBatches(dataset, { batch: 4, seed: 1 });
    expect(await take(alone, 2)).toEqual(taken);
  });

  it("tells what goes wrong in a worker", async () => {
    const copy = copyOf("jsonl");
    const dataset = await openDataset(copy);
    const lines = ["{}", "{}", '{"input_image": "a", "edit": "b", "edited_image": "c"}'];
    writeFileSync(join(copy, "metadata.jsonl"), lines.join("\n"));
    const changed = take(loadBatches(dataset, { batch: 1, seed: 1, workers: 1 }), 1);
    await expect(changed).rejects.toThrow(/changed while it was being read: it had 4 examples, now it has 3/);
    await expect(changed).rejects.toThrow(UsageError);
  });

  it("refuses workers for what only this thread has", async () => {
    const { length, read } = await openDataset(golden("jsonl"));
    expect(() => loadBatches({ length, read }, { batch: 1, seed: 1, workers: 1 })).toThrow(/only data sets on disk/);
    const dataset = await openDataset(golden("jsonl"));
    expect(() => loadBatches(dataset, { batch: 1, seed: 1, workers: 1.5 })).toThrow(/workers is an integer/);
  });
});
