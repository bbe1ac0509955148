/** Data sets as the reference makes them: a folder for each prompt, with some samples of it as pairs of pictures. */

import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { UsageError } from "../errors.ts";
import { BadExampleError } from "./bad-example.ts";
import type { DatasetOptions, EditDataset } from "./dataset.ts";
import { lanes } from "./lanes.ts";
import { pictureFile } from "./pictures.node.ts";
import { splitRange } from "./splits.ts";

/** A folder and the seeds of the samples in it. */
type Prompt = readonly [folder: string, seeds: readonly string[]];

interface Words {
  readonly instruction: string;
  readonly captions?: { readonly input: string; readonly output: string };
}

/** The reference writes JPEG; PNG has no losses. */
const FORMATS = ["jpg", "png"];

/** Folders listed at a time. */
const AT_ONCE = 16;

/**
 * Opens a folder of prompts: `PROMPT/prompt.json` with `edit`, `input` (or `caption`) and `output`, and for each sample
 * `PROMPT/SEED_0.jpg` and `SEED_1.jpg`, the pictures before and after. There is one example a prompt, of which every
 * reading draws a sample; so samples of one prompt never fall into different splits.
 *
 * `seeds.json` lists prompts and seeds; without it the folders are looked through, which takes a while when there are
 * many.
 *
 * @throws UsageError when there are no prompts, or `seeds.json` is damaged.
 */
export async function openPromptFolders(path: string, options: DatasetOptions = {}): Promise<EditDataset> {
  const { split = "all", fractions, columns } = options;
  if (columns !== undefined) throw new UsageError(`${path} is a folder of prompts, which has no columns to name`);
  const root = resolve(path);
  const prompts = (await listedPrompts(root)) ?? (await scanPrompts(root));
  if (prompts.length === 0)
    throw new UsageError(`${path} holds no prompts: expected folders with SEED_0.jpg and SEED_1.jpg`);
  const { start, end } = splitRange(prompts.length, split, fractions);
  return {
    length: end - start,
    async read(index, random) {
      const [folder, seeds] = prompts[start + index];
      const id = `${folder}/${seeds[random.integer(seeds.length)]}`;
      const files = (half: 0 | 1) => FORMATS.map((format) => join(root, `${id}_${half}.${format}`));
      const [words, input, edited] = await Promise.all([
        wordsOf(join(root, folder, "prompt.json"), id),
        pictureFile(files(0), { id, half: "before" }),
        pictureFile(files(1), { id, half: "after" }),
      ]);
      return { input, edited, ...words, id };
    },
    source: { kind: "folders", path: root, options },
  };
}

/** The prompts in `seeds.json`: `[["0000000", ["12", "7"]], …]`. Nothing when there is no such file. */
async function listedPrompts(root: string): Promise<Prompt[] | undefined> {
  const file = join(root, "seeds.json");
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw new UsageError(`cannot read ${file}: ${error.message}`, { cause: error });
  });
  if (text === undefined) return undefined;
  const list = parseJson(text);
  if (!Array.isArray(list)) throw new UsageError(`${file} is damaged: expected a JSON array of [folder, [seed, …]]`);
  return list.map((entry: unknown, i) => {
    const [folder, seeds] = Array.isArray(entry) ? (entry as unknown[]) : [];
    if (typeof folder === "string" && Array.isArray(seeds) && seeds.length > 0) return [folder, seeds.map(String)];
    throw new UsageError(`${file} is damaged: entry ${i} is not [folder, [seed, …]] with at least one seed`);
  });
}

/** The folders in `root` that hold first halves, in the order of their names. */
async function scanPrompts(root: string): Promise<Prompt[]> {
  const inLane = lanes(AT_ONCE);
  const folders = await namesIn(root);
  const seedsIn = async (folder: string): Promise<Prompt> => {
    const names = await namesIn(join(root, folder));
    const firsts = names.filter((name) => FORMATS.some((format) => name.endsWith(`_0.${format}`)));
    return [folder, firsts.sort().map((name) => name.split("_")[0])];
  };
  const prompts = await Promise.all(folders.sort().map((folder) => inLane(() => seedsIn(folder))));
  return prompts.filter(([, seeds]) => seeds.length > 0);
}

/** The names in a folder; none in what is no folder. */
async function namesIn(path: string): Promise<string[]> {
  return readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOTDIR") return [];
    throw new UsageError(`cannot read ${path}: ${error.message}`, { cause: error });
  });
}

async function wordsOf(file: string, id: string): Promise<Words> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") {
      throw new BadExampleError(id, "no instruction", `there is no ${file}`, { cause: error });
    }
    throw new UsageError(`cannot read ${file}: ${error.message}`, { cause: error });
  });
  const prompt = parseJson(text);
  if (typeof prompt !== "object" || prompt === null) {
    throw new BadExampleError(id, "broken row", `${file} is no JSON object`);
  }
  const { edit, input, caption = input, output } = prompt as Record<string, unknown>;
  if (typeof edit !== "string") throw new BadExampleError(id, "no instruction", `${file} has no "edit"`);
  const captioned = typeof caption === "string" && typeof output === "string";
  return { instruction: edit, ...(captioned && { captions: { input: caption, output } }) };
}

/** The value of a JSON text; nothing when it is none. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
