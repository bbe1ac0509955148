/** Data sets in Parquet files, as Hugging Face publishes them. */

import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { asyncBufferFromFile } from "hyparquet";
import { UsageError } from "../errors.ts";
import { BadExampleError } from "./bad-example.ts";
import type { DatasetOptions, EditDataset } from "./dataset.ts";
import { lanes } from "./lanes.ts";
import { openParquetFile, type ParquetFile } from "./parquet-file.ts";
import type { Split } from "./splits.ts";
import { type Row, tableDataset } from "./table.node.ts";

/** Files opened at a time. */
const AT_ONCE = 16;

interface Shard {
  /** Relative to the folder that was opened. */
  readonly path: string;
  readonly file: ParquetFile;
  /** Number of its first row in the data set. */
  readonly first: number;
}

/**
 * Opens a Parquet file, or all of them in a folder and the folders in it, in the order of their paths.
 *
 * When file or folder names tell the splits apart (`data/train-00000-of-00007.parquet`, `dev/0000.parquet`), a split is
 * those files; otherwise it is a share of all rows.
 *
 * @throws UsageError when there are none, one is damaged or has other columns than the first, there is no such split,
 *   or the columns do not tell which is which.
 */
export async function openParquet(path: string, options: DatasetOptions = {}): Promise<EditDataset> {
  const root = resolve(path);
  const { files, split } = splitFiles(await parquetFiles(root), options.split ?? "all", path);
  const shards = await openShards(root, files);
  const [{ file: head }] = shards;
  const length = shards.reduce((sum, { file }) => sum + file.length, 0);
  if (length === 0) throw new UsageError(`${path} holds no rows`);
  const table = {
    name: path,
    columns: head.columns,
    length,
    async row(index: number, columns: readonly string[]): Promise<Row> {
      const { path: shard, file, first } = shards[shards.findLastIndex((shard) => shard.first <= index)];
      const id = `${shard === "" ? basename(root) : shard}:${index - first}`;
      try {
        return { id, folder: dirname(join(root, shard)), cells: await file.row(index - first, columns) };
      } catch (error) {
        throw new BadExampleError(id, "broken row", `cannot be read (${(error as Error).message})`, { cause: error });
      }
    },
  };
  return { ...tableDataset(table, { ...options, split }), source: { kind: "parquet", path: root, options } };
}

/** Paths of Parquet files relative to `root`, sorted; just "" when `root` is one itself. */
async function parquetFiles(root: string): Promise<string[]> {
  const info = await stat(root).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`cannot read ${root}: ${error.code === "ENOENT" ? "there is no such file" : error.message}`);
  });
  if (!info.isDirectory()) return [""];
  const paths = await readdir(root, { recursive: true });
  const files = paths.map((path) => path.replaceAll("\\", "/")).filter((path) => /\.parquet$/i.test(path));
  if (files.length === 0) throw new UsageError(`there are no .parquet files in ${root}`);
  return files.sort();
}

/** How splits are called in names of files and folders. */
const NAMES: Readonly<Record<string, Split>> = {
  train: "train",
  training: "train",
  val: "val",
  valid: "val",
  validation: "val",
  dev: "val",
  test: "test",
};

/** The files to read for a split, and which split of their rows to take then. */
function splitFiles(files: string[], split: Split, path: string): { files: string[]; split: Split } {
  const splitOf = (file: string) => {
    const words = file.toLowerCase().split(/[^a-z]+/);
    return words.map((word) => NAMES[word]).findLast((found) => found !== undefined);
  };
  const told = new Set(files.map(splitOf));
  if (split === "all" || told.size < 2) return { files, split };
  const own = files.filter((file) => splitOf(file) === split);
  if (own.length > 0) return { files: own, split: "all" };
  const names = [...told].filter((found) => found !== undefined);
  throw new UsageError(`${path} has no files of the split "${split}"; it has ${names.join(", ")}`);
}

async function openShards(root: string, paths: readonly string[]): Promise<Shard[]> {
  const inLane = lanes(AT_ONCE);
  const inTurn = lanes(1);
  const open = async (path: string) => openParquetFile(await asyncBufferFromFile(path), path, inTurn);
  const files = await Promise.all(paths.map((path) => inLane(() => open(join(root, path)))));
  const [{ columns }] = files;
  let first = 0;
  return files.map((file, i) => {
    if (file.columns.join() !== columns.join()) {
      throw new UsageError(
        `in ${root}, ${paths[i]} has the columns ${file.columns.join(", ")}, but ${paths[0]} has ${columns.join(", ")}: ` +
          "open them apart",
      );
    }
    const shard = { path: paths[i], file, first };
    first += file.length;
    return shard;
  });
}
