/** Telling data sets apart. */

import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { UsageError } from "../errors.ts";
import { expected, golden, readAll } from "./golden.test-data.ts";
import { openDataset, openSource } from "./open-dataset.node.ts";

const scratch = mkdtempSync(join(tmpdir(), "ip2p-open-"));
afterAll(() => rmSync(scratch, { recursive: true }));

describe("openDataset", () => {
  it.each([
    ["folders", "folders", 7],
    ["jsonl", "jsonl", 4],
    ["jsonl/metadata.jsonl", "jsonl", 4],
    ["timbrooks", "parquet", 6],
    ["timbrooks/data", "parquet", 6],
    ["ultraedit", "parquet", 3],
    ["timbrooks/data/train-00001-of-00002-ab12.parquet", "parquet", 3],
  ] as const)("opens %s as %s", async (name, kind, length) => {
    const dataset = await openDataset(golden(name));
    expect(dataset.source?.kind).toBe(kind);
    expect(dataset.length).toBe(length);
  });

  it("looks into folders for prompts and for Parquet", async () => {
    const prompts = join(scratch, "prompts");
    cpSync(golden("folders"), prompts, { recursive: true });
    rmSync(join(prompts, "seeds.json"));
    expect((await openDataset(prompts)).source?.kind).toBe("folders");
    const deep = join(scratch, "deep/default/train");
    cpSync(golden("timbrooks/data"), deep, { recursive: true });
    expect((await openDataset(join(scratch, "deep"))).length).toBe(6);
  });

  it("hands its options on, and they reopen it elsewhere", async () => {
    const dataset = await openDataset(golden("hqedit"), { split: "val", fractions: [0.5, 0.25, 0.25], inverse: false });
    const source = structuredClone(dataset.source!);
    expect(await readAll(await openSource(source))).toEqual([expected.hqedit.examples[2]]);
  });

  it("says what it looked for", async () => {
    const empty = join(scratch, "empty/deeper");
    mkdirSync(empty, { recursive: true });
    writeFileSync(join(scratch, "empty/edits.csv"), "");
    await expect(openDataset(join(scratch, "empty"))).rejects.toThrow(
      /expected seeds\.json, metadata\.jsonl, \.parquet/,
    );
    await expect(openDataset(join(scratch, "empty/edits.csv"))).rejects.toThrow(
      /\.jsonl, \.ndjson, \.parquet; got .*csv/,
    );
    await expect(openDataset(join(scratch, "none"))).rejects.toThrow(/no such file or folder/);
    await expect(openDataset(join(scratch, "none"))).rejects.toThrow(UsageError);
  });
});
