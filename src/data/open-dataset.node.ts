/** Opening a data set without saying what kind it is. */

import { readdir, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { UsageError } from "../errors.ts";
import type { DatasetKind, DatasetOptions, DatasetSource, EditDataset } from "./dataset.ts";
import { openJsonLines } from "./json-lines.node.ts";
import { openParquet } from "./parquet.node.ts";
import { openPromptFolders } from "./prompt-folders.node.ts";

const OPENERS: Readonly<Record<DatasetKind, (path: string, options: DatasetOptions) => Promise<EditDataset>>> = {
  folders: openPromptFolders,
  jsonl: openJsonLines,
  parquet: openParquet,
};

const EXTENSIONS: Readonly<Record<string, DatasetKind>> = {
  ".jsonl": "jsonl",
  ".ndjson": "jsonl",
  ".parquet": "parquet",
};

/** How deep published Parquet files lie: `config/train/0000.parquet`. */
const DEPTH = 2;

/**
 * Opens a data set on disk:
 *
 * | path | what it is |
 * |---|---|
 * | a `.jsonl` or `.ndjson` file, or a folder with `metadata.jsonl` | `openJsonLines` |
 * | a `.parquet` file, or a folder with some in it or further in | `openParquet` |
 * | a folder with `seeds.json`, or with folders of `SEED_0.jpg` | `openPromptFolders` |
 *
 * @throws UsageError when it is none of these, and as those functions do.
 */
export async function openDataset(path: string, options: DatasetOptions = {}): Promise<EditDataset> {
  return openSource({ ...(await identify(path)), options });
}

/** Opens what was opened before. @throws UsageError as `openDataset` does. */
export async function openSource({ kind, path, options }: DatasetSource): Promise<EditDataset> {
  return OPENERS[kind](path, options);
}

async function identify(path: string): Promise<Pick<DatasetSource, "kind" | "path">> {
  const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
    const reason = error.code === "ENOENT" ? "there is no such file or folder" : error.message;
    throw new UsageError(`cannot open the data set ${path}: ${reason}`, { cause: error });
  });
  if (!info.isDirectory()) {
    const kind = EXTENSIONS[extname(path).toLowerCase()];
    if (kind !== undefined) return { kind, path };
    throw new UsageError(
      `expected a data set: a folder, or a file that ends in ${Object.keys(EXTENSIONS).join(", ")}; got ${path}`,
    );
  }
  const names = await readdir(path);
  if (names.includes("seeds.json")) return { kind: "folders", path };
  if (names.includes("metadata.jsonl")) return { kind: "jsonl", path: join(path, "metadata.jsonl") };
  const kind = await kindByFiles(path);
  if (kind !== undefined) return { kind, path };
  throw new UsageError(
    `${path} is no data set: expected seeds.json, metadata.jsonl, .parquet files, or folders with SEED_0.jpg and SEED_1.jpg`,
  );
}

/** What the first telling file is, in a folder or in the folders in it. */
async function kindByFiles(path: string, depth = 0): Promise<DatasetKind | undefined> {
  const entries = await readdir(path, { withFileTypes: true });
  if (entries.some(({ name }) => /\.parquet$/i.test(name))) return "parquet";
  if (depth === 1 && entries.some(({ name }) => /_0\.(jpg|png)$/.test(name))) return "folders";
  if (depth === DEPTH) return undefined;
  for (const entry of entries.filter((entry) => entry.isDirectory())) {
    const kind = await kindByFiles(join(path, entry.name), depth + 1);
    if (kind !== undefined) return kind;
  }
  return undefined;
}
