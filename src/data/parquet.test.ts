/** Parquet files: published layouts, codecs and splits, single pages, damage. */

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { torchCpuRandom } from "../random.ts";
import { expected, golden, readAll } from "./golden.test-data.ts";
import { openParquet } from "./parquet.node.ts";
import { openParquetFile } from "./parquet-file.ts";

const folder = mkdtempSync(join(tmpdir(), "ip2p-parquet-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("openParquet", () => {
  it.each(["diffusers", "timbrooks", "hqedit"] as const)("reads %s, pictures as Pillow does", async (name) => {
    expect(await readAll(await openParquet(golden(name)))).toEqual(expected[name].examples);
  });

  it("reads bare bytes, and draws one of several instructions", async () => {
    const { texts, examples } = expected.ultraedit;
    const drawn = examples.map((example, i) => ({ ...example, instruction: texts[i][torchCpuRandom(i).integer(2)] }));
    expect(await readAll(await openParquet(golden("ultraedit")))).toEqual(drawn);
  });

  it("takes splits from the names of files", async () => {
    const { train, dev } = expected.magicbrush;
    const read = async (split?: "train" | "val" | "test") =>
      readAll(await openParquet(golden("magicbrush"), { split }));
    expect(await read("train")).toEqual(train);
    expect(await read("val")).toEqual(dev);
    expect(await read()).toEqual([...dev, ...train]);
    await expect(read("test")).rejects.toThrow('no files of the split "test"; it has val, train');
  });

  it("divides rows when the names tell only one split", async () => {
    const options = { split: "val", fractions: [0.5, 0.25, 0.25] } as const;
    const all = await readAll(await openParquet(golden("timbrooks"), options));
    expect(all).toEqual(expected.timbrooks.examples.slice(3, 4));
    // Reversed rows stay with their rows.
    const reversed = await readAll(await openParquet(golden("hqedit"), options));
    expect(reversed).toEqual([2, 6].map((i) => expected.hqedit.examples[i]));
  });

  it("reads one file by its path", async () => {
    const file = golden("timbrooks/data/train-00001-of-00002-ab12.parquet");
    const examples = expected.timbrooks.examples.slice(3).map((e) => ({ ...e, id: e.id.replace("data/", "") }));
    expect(await readAll(await openParquet(file))).toEqual(examples);
  });

  it("calls a damaged page a broken row, and reads the others", async () => {
    const file = join(folder, "damaged.parquet");
    const bytes = readFileSync(golden("timbrooks/data/train-00000-of-00002-ab12.parquet"));
    const at = bytes.indexOf(Buffer.from([0x28, 0xb5, 0x2f, 0xfd])); // the first Zstandard frame: the captions' dictionary
    writeFileSync(file, bytes.fill(0xff, at, at + 12));
    const dataset = await openParquet(file);
    await expect(dataset.read(1, torchCpuRandom(1))).rejects.toMatchObject({
      reason: "broken row",
      id: "damaged.parquet:1",
    });
    const columns = { inputCaption: "edited_prompt" };
    expect((await readAll(await openParquet(file, { columns }))).length).toBe(3);
  });

  it("refuses what is no Parquet file, and shards that differ", async () => {
    const mixed = join(folder, "mixed");
    mkdirSync(mixed);
    cpSync(golden("hqedit/data/train-00000-of-00001.parquet"), join(mixed, "a.parquet"));
    cpSync(golden("diffusers/data/train-00000-of-00001.parquet"), join(mixed, "b.parquet"));
    await expect(openParquet(mixed)).rejects.toThrow(
      /b\.parquet has the columns input_image, edit_prompt, edited_image, but a/,
    );
    truncateSync(join(mixed, "b.parquet"), 20_000);
    await expect(openParquet(mixed)).rejects.toThrow(/b\.parquet is no Parquet file, damaged or cut short/);
    writeFileSync(join(mixed, "b.parquet"), "");
    await expect(openParquet(mixed)).rejects.toThrow(/b\.parquet is no Parquet file/);
    await expect(openParquet(golden("folders"))).rejects.toThrow(/no \.parquet files/);
    await expect(openParquet(join(folder, "none"))).rejects.toThrow(/no such file/);
    const columns = { input: "picture" };
    await expect(openParquet(golden("hqedit"), { columns })).rejects.toThrow(
      /no column "picture"; it has the columns input,/,
    );
  });
});

describe("openParquetFile", () => {
  /** A file in memory that counts what is read of it. */
  function counted(path: string) {
    const bytes = new Uint8Array(readFileSync(path));
    const file = {
      byteLength: bytes.length,
      read: 0,
      slice(start: number, end = bytes.length) {
        file.read += end - start;
        return bytes.slice(start, end).buffer;
      },
    };
    return file;
  }

  it.each([
    // Row groups of 4 and 2 rows of 3 to 5 KB, a page for each value, and the bounds of each page in its header.
    ["diffusers/data/train-00000-of-00001.parquet", "input_image", [0, 3, 4], 9_000],
    // One row group of 3 rows in pages of the second version; the pictures stand in a dictionary.
    ["timbrooks/data/train-00001-of-00002-ab12.parquet", "edit_prompt", [1, 2], 200],
  ] as const)("reads only the pages of a row of %s", async (name, column, rows, most) => {
    const whole = await openParquetFile(counted(golden(name)), name);
    const values = await Promise.all(Array.from({ length: whole.length }, (_, i) => whole.row(i, [column])));
    expect(new Set(values.map((value) => JSON.stringify(value))).size).toBe(whole.length);
    const file = counted(golden(name));
    const opened = await openParquetFile(file, name);
    for (const row of rows) {
      await opened.row(row, [column]); // finds the pages of its group
      file.read = 0;
      expect(await opened.row(row, [column])).toEqual(values[row]);
      expect(file.read).toBeGreaterThan(0);
      expect(file.read).toBeLessThan(most);
    }
  });
});
