/** Parquet files: published layouts, codecs and splits, single pages, damage. */

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetReadObjects } from "hyparquet";
import { afterAll, describe, expect, it } from "vitest";
import { torchCpuRandom } from "../random.ts";
import { expected, golden, readAll } from "./golden.test-data.ts";
import { lanes } from "./lanes.ts";
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

  it("calls a damaged page a broken row, and leaves columns alone that are not needed", async () => {
    const file = join(folder, "damaged.parquet");
    const bytes = readFileSync(golden("ultraedit/FreeForm_0-00000-of-00001.parquet"));
    const frame = bytes.indexOf(Buffer.from([0x28, 0xb5, 0x2f, 0xfd])); // Zstandard's, of the first edited picture
    writeFileSync(file, bytes.fill(0xff, frame, frame + 12));
    const dataset = await openParquet(file);
    await expect(dataset.read(1, torchCpuRandom(1))).rejects.toMatchObject({
      reason: "broken row",
      id: "damaged.parquet:1",
    });
    const columns = { edited: "source_image" };
    expect(await readAll(await openParquet(file, { columns }))).toHaveLength(3);
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
    ["diffusers/data/train-00000-of-00001.parquet", "input_image", "struct, two row groups, a page for each value"],
    ["timbrooks/data/train-00001-of-00002-ab12.parquet", "original_image", "struct, a dictionary, pages of version 2"],
    ["magicbrush/data/dev-00000-of-00001.parquet", "source_img", "struct, a dictionary, no compression"],
    ["hqedit/data/train-00000-of-00001.parquet", "output_image", "struct, no compression"],
    ["ultraedit/FreeForm_0-00000-of-00001.parquet", "source_image", "bare bytes"],
  ])("reads a picture of %s alone (%s: %s)", async (name, column) => {
    const file = counted(golden(name));
    const opened = await openParquetFile(file, name, lanes(1));
    const pictures = await parquetReadObjects({ file, columns: [column], utf8: false });
    expect(opened.length).toBeGreaterThan(1);
    for (let i = 0; i < opened.length; i++) {
      const { bytes } = { bytes: pictures[i][column], ...pictures[i][column] };
      await opened.row(i, [column]); // finds the pictures of its group
      file.read = 0;
      expect(await opened.row(i, [column])).toEqual({ [column]: bytes });
      // Pages that are not compressed give the very bytes, Snappy the 65 536 around them or the whole page.
      expect(file.read).toBeGreaterThan(0);
      expect(file.read).toBeLessThanOrEqual(name.startsWith("timbrooks") ? 10_000 : bytes.length + 50);
    }
  });

  it("reads other codecs, text, and rows without a picture, group by group", async () => {
    const name = golden("magicbrush/data/train-00000-of-00001.parquet");
    const opened = await openParquetFile(counted(name), name, lanes(1));
    const row = await opened.row(1, ["instruction", "turn_index", "target_img"]);
    expect(row).toMatchObject({ instruction: expected.magicbrush.train[1].instruction, turn_index: 1 });
    const ultraedit = golden("ultraedit/FreeForm_0-00000-of-00001.parquet");
    const masks = await openParquetFile(counted(ultraedit), ultraedit, lanes(1));
    const texts = await masks.row(2, ["mask_image", "edit_prompt"]);
    expect(texts).toEqual({ mask_image: undefined, edit_prompt: expected.ultraedit.texts[2] });
  });
});
