/** Files of JSON lines: the golden one, other columns, damaged lines. */

import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { torchCpuRandom } from "../random.ts";
import { expected, golden, readAll } from "./golden.test-data.ts";
import { openJsonLines } from "./json-lines.node.ts";

const folder = mkdtempSync(join(tmpdir(), "ip2p-jsonl-"));
cpSync(golden("jsonl/pictures"), join(folder, "pictures"), { recursive: true });
afterAll(() => rmSync(folder, { recursive: true }));

function write(...rows: unknown[]): string {
  const path = join(folder, "edits.jsonl");
  writeFileSync(path, `\ufeff${rows.map((row) => (typeof row === "string" ? row : JSON.stringify(row))).join("\r\n")}`);
  return path;
}

describe("openJsonLines", () => {
  it("reads pictures beside the file", async () => {
    const dataset = await openJsonLines(golden("jsonl/metadata.jsonl"));
    expect(await readAll(dataset)).toEqual(expected.jsonl.examples);
  });

  it("reads named columns, absolute paths, captions and one instruction of several", async () => {
    const row = { before: join(folder, "pictures/0_a.jpg"), after: "pictures/0_b.jpg", from: "a", to: "b" };
    const texts = ["one", "two", "three"];
    const columns = {
      input: "before",
      instruction: "texts",
      edited: "after",
      inputCaption: "from",
      outputCaption: "to",
    };
    const dataset = await openJsonLines(write({ ...row, texts }), { columns });
    const [{ input, edited }] = expected.jsonl.examples;
    const seen = new Set<string>();
    for (let seed = 0; seed < 20; seed++) {
      const example = await dataset.read(0, torchCpuRandom(seed));
      expect(example.instruction).toBe(texts[torchCpuRandom(seed).integer(3)]);
      seen.add(example.instruction);
    }
    expect(seen.size).toBe(3);
    const captions = { input: "a", output: "b" };
    expect(await readAll(dataset)).toEqual([
      { id: "edits.jsonl:1", instruction: expect.any(String), input, edited, captions },
    ]);
  });

  it("divides rows, and puts reversed ones behind", async () => {
    const rows = [0, 1, 2, 3].map((i) => {
      const pictures = { input_image: `pictures/${i}_a.jpg`, output_image: `pictures/${i}_b.jpg` };
      return { ...pictures, edit: `do ${i}`, inverse_edit: `undo ${i}` };
    });
    const path = write(...rows);
    const options = { split: "train", fractions: [0.5, 0.25, 0.25] } as const;
    const words = async (more = {}) => {
      const examples = await readAll(await openJsonLines(path, { ...options, ...more }));
      return examples.map(({ id, instruction }) => `${id} ${instruction}`);
    };
    expect(await words()).toEqual([
      ...["edits.jsonl:1 do 0", "edits.jsonl:2 do 1"],
      ...["edits.jsonl:1:inverse undo 0", "edits.jsonl:2:inverse undo 1"],
    ]);
    expect(await words({ split: "val" })).toEqual(["edits.jsonl:3 do 2", "edits.jsonl:3:inverse undo 2"]);
    expect(await words({ inverse: false })).toEqual(["edits.jsonl:1 do 0", "edits.jsonl:2 do 1"]);
  });

  it.each([
    ["broken row", "{"],
    ["broken row", "[1]"],
    ["no instruction", { input: "pictures/0_a.jpg", edited: "pictures/0_b.jpg" }],
    ["no instruction", { input: "pictures/0_a.jpg", instruction: [], edited: "pictures/0_b.jpg" }],
    ["missing picture", { input: "pictures/9.jpg", instruction: "x", edited: "pictures/0_b.jpg" }],
    ["missing picture", { input: "pictures/0_a.jpg", instruction: "x" }],
    ["missing picture", { input: "pictures/0_a.jpg", instruction: "x", edited: "" }],
    ["broken picture", { input: "edits.jsonl", instruction: "x", edited: "pictures/0_b.jpg" }],
  ])("calls it a %s: %j", async (reason, row) => {
    const good = { input: "pictures/0_a.jpg", instruction: "x", edited: "pictures/0_b.jpg" };
    const dataset = await openJsonLines(write(good, "", row));
    expect((await dataset.read(0, torchCpuRandom(1))).instruction).toBe("x");
    await expect(dataset.read(1, torchCpuRandom(1))).rejects.toMatchObject({ reason, id: "edits.jsonl:3" });
  });

  it("refuses a file without objects and one that is not there", async () => {
    await expect(openJsonLines(write("", "nonsense", "7"))).rejects.toThrow(/holds no examples/);
    await expect(openJsonLines(write({ a: 1 }, { b: 2 }))).rejects.toThrow(/has the columns a, b: which of them/);
    await expect(openJsonLines(join(folder, "none.jsonl"))).rejects.toThrow(/there is no such file/);
  });
});
