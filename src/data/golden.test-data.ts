/** The data sets in test/golden/data/ and what Pillow sees in them; made by tools/oracle/data_goldens.py. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Image } from "../image/image.ts";
import { torchCpuRandom } from "../random.ts";
import type { EditDataset, EditExample } from "./dataset.ts";
import type { GeometryOptions } from "./geometry.ts";

/** Width, height and SHA-256 of the pixels. */
type Seen = readonly [width: number, height: number, sha256: string];

export interface ExpectedExample {
  id: string;
  instruction: string;
  input: Seen;
  edited: Seen;
  captions?: { input: string; output: string };
}

interface Expected {
  folders: { prompts: [folder: string, seeds: string[]][]; examples: ExpectedExample[] };
  splits: { fractions: [number, number, number]; length: number; ends: number[] }[];
  jsonl: { examples: ExpectedExample[] };
  diffusers: { examples: ExpectedExample[] };
  timbrooks: { examples: ExpectedExample[] };
  magicbrush: { train: ExpectedExample[]; dev: ExpectedExample[] };
  ultraedit: { texts: string[][]; examples: ExpectedExample[] };
  hqedit: { examples: ExpectedExample[] };
  snappy: { length: number; sha256: string };
  geometry: {
    size: [number, number];
    noise: [number, number];
    seed: number;
    options: GeometryOptions;
    input: string;
    edited: string;
  }[];
}

export const expected = JSON.parse(readFileSync(golden("expected.json"), "utf8")) as Expected;

/** The path of a golden file or folder. */
export function golden(name: string): string {
  return fileURLToPath(new URL(`../../test/golden/data/${name}`, import.meta.url));
}

/** An example as the goldens describe it. */
export function describeExample({ input, edited, ...words }: EditExample): ExpectedExample {
  return { ...words, input: seen(input), edited: seen(edited) };
}

export function sha256(data: Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** All examples of a data set, each read with a stream seeded by its number. */
export async function readAll(dataset: EditDataset): Promise<ExpectedExample[]> {
  const indices = Array.from({ length: dataset.length }, (_, i) => i);
  return Promise.all(indices.map(async (i) => describeExample(await dataset.read(i, torchCpuRandom(i)))));
}

function seen({ width, height, data }: Image): Seen {
  return [width, height, sha256(data)];
}
