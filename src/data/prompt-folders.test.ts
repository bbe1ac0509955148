/** The reference's folders: the golden one, and damaged ones. */

import { cpSync, mkdirSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { UsageError } from "../errors.ts";
import { torchCpuRandom } from "../random.ts";
import type { EditDataset } from "./dataset.ts";
import { describeExample, type ExpectedExample, expected, golden } from "./golden.test-data.ts";
import { openPromptFolders } from "./prompt-folders.node.ts";

const scratch = mkdtempSync(join(tmpdir(), "ip2p-folders-"));
const copy = join(scratch, "copy");
beforeEach(() => {
  rmSync(copy, { recursive: true, force: true });
  cpSync(golden("folders"), copy, { recursive: true });
});
afterAll(() => rmSync(scratch, { recursive: true }));

/** Every sample of every prompt, by drawing until all were seen. */
async function allSamples(dataset: EditDataset): Promise<ExpectedExample[]> {
  const seen = new Map<string, ExpectedExample>();
  for (let index = 0; index < dataset.length; index++) {
    for (let seed = 0; seed < 20; seed++) {
      const example = describeExample(await dataset.read(index, torchCpuRandom(seed)));
      seen.set(example.id, example);
    }
  }
  return [...seen.values()].sort((a, b) => a.id.localeCompare(b.id));
}

describe("openPromptFolders", () => {
  it("reads all samples of all prompts, pictures as Pillow does", async () => {
    const dataset = await openPromptFolders(golden("folders"));
    expect(dataset.length).toBe(7);
    expect(await allSamples(dataset)).toEqual(expected.folders.examples);
  });

  it("finds the same without seeds.json", async () => {
    unlinkSync(join(copy, "seeds.json"));
    writeFileSync(join(copy, "notes.txt"), "no folder");
    const dataset = await openPromptFolders(copy);
    expect(dataset.length).toBe(7);
    expect(await allSamples(dataset)).toEqual(expected.folders.examples);
  });

  it("draws the sample that PyTorch would", async () => {
    const dataset = await openPromptFolders(golden("folders"));
    const [folder, seeds] = expected.folders.prompts[2];
    for (let seed = 0; seed < 5; seed++) {
      const drawn = seeds[torchCpuRandom(seed).integer(3)];
      expect((await dataset.read(2, torchCpuRandom(seed))).id).toBe(`${folder}/${drawn}`);
    }
  });

  it("divides by prompts", async () => {
    const idsOf = async (split: "train" | "val" | "test") => {
      const dataset = await openPromptFolders(golden("folders"), { split, fractions: [0.5, 0.25, 0.25] });
      return (await allSamples(dataset)).map(({ id }) => id.split("/")[0]);
    };
    expect(new Set(await idsOf("train"))).toEqual(new Set(["0000000", "0000003", "0000006"]));
    expect(new Set(await idsOf("val"))).toEqual(new Set(["0000009", "0000012"]));
    expect(new Set(await idsOf("test"))).toEqual(new Set(["0000015", "0000018"]));
    expect((await openPromptFolders(golden("folders"), { split: "val" })).length).toBe(0);
  });

  it("takes seeds written as numbers", async () => {
    writeFileSync(join(copy, "seeds.json"), JSON.stringify([["0000009", [4000000021]]]));
    const dataset = await openPromptFolders(copy);
    expect((await dataset.read(0, torchCpuRandom(1))).id).toBe("0000009/4000000021");
  });

  it.each([
    ["missing picture", "no picture after", () => unlinkSync(join(copy, "0000000/4000000000_1.jpg"))],
    ["missing picture", "no folder", () => rmSync(join(copy, "0000000"), { recursive: true })],
    ["broken picture", "half a picture", () => writeFileSync(join(copy, "0000000/4000000000_0.jpg"), "\xff\xd8\xff")],
    ["broken picture", "an empty picture", () => writeFileSync(join(copy, "0000000/4000000000_0.jpg"), "")],
    ["no instruction", "no prompt.json", () => unlinkSync(join(copy, "0000000/prompt.json"))],
    ["no instruction", "no edit", () => writeFileSync(join(copy, "0000000/prompt.json"), '{"input": "a"}')],
    ["broken row", "no JSON", () => writeFileSync(join(copy, "0000000/prompt.json"), "{")],
  ])("calls it a %s when there is %s", async (reason, what, damage) => {
    const dataset = await openPromptFolders(copy);
    damage();
    const failure = expect(dataset.read(0, torchCpuRandom(1))).rejects;
    if (what === "no folder") await failure.toThrow(/^0000000\/4000000000: /);
    else await failure.toMatchObject({ reason, id: "0000000/4000000000" });
  });

  it("leaves captions out when one is missing", async () => {
    writeFileSync(join(copy, "0000000/prompt.json"), '{"input": "a", "edit": "b"}');
    const example = await (await openPromptFolders(copy)).read(0, torchCpuRandom(1));
    expect(example).not.toHaveProperty("captions");
    expect(example.instruction).toBe("b");
  });

  it.each(["{}", "[", '[["0000000"]]', '[["0000000", []]]', "[[7, [1]]]"])("refuses %s as seeds.json", async (text) => {
    writeFileSync(join(copy, "seeds.json"), text);
    await expect(openPromptFolders(copy)).rejects.toThrow(/seeds\.json is damaged/);
    await expect(openPromptFolders(copy)).rejects.toThrow(UsageError);
  });

  it("refuses a folder without prompts, and columns", async () => {
    const empty = join(scratch, "empty");
    mkdirSync(empty, { recursive: true });
    await expect(openPromptFolders(empty)).rejects.toThrow(/holds no prompts/);
    await expect(openPromptFolders(join(scratch, "nothing"))).rejects.toThrow(UsageError);
    await expect(openPromptFolders(copy, { columns: { input: "x" } })).rejects.toThrow(/no columns to name/);
  });
});
