/** Data sets described by a file of JSON lines: an object for each pair, its pictures as paths. */

import { readFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { UsageError } from "../errors.ts";
import { BadExampleError } from "./bad-example.ts";
import type { DatasetOptions, EditDataset } from "./dataset.ts";
import { type Row, tableDataset } from "./table.node.ts";

/** How many lines are looked at for the names of the columns. */
const SAMPLE = 100;

type JsonLine = Readonly<Record<string, unknown>>;

/**
 * Opens a file of JSON lines. Paths in it are relative to its folder; an instruction may be a list, of which one is drawn.
 *
 * @throws UsageError when it cannot be read, holds no objects, or its keys do not tell which is which.
 */
export async function openJsonLines(path: string, options: DatasetOptions = {}): Promise<EditDataset> {
  const file = resolve(path);
  const folder = dirname(file);
  const lines = await linesOf(file);
  const objects = lines
    .slice(0, SAMPLE)
    .map(({ text }) => parseLine(text))
    .filter((line) => line !== undefined);
  if (objects.length === 0) throw new UsageError(`${path} holds no examples: expected a JSON object on every line`);
  const table = {
    name: path,
    columns: [...new Set(objects.flatMap((object) => Object.keys(object)))],
    length: lines.length,
    async row(index: number): Promise<Row> {
      const { number, text } = lines[index];
      const id = `${basename(file)}:${number}`;
      const cells = parseLine(text);
      if (cells === undefined)
        throw new BadExampleError(id, "broken row", `it is no JSON object: ${text.slice(0, 40)}`);
      return { id, folder, cells };
    },
  };
  return { ...tableDataset(table, options), source: { kind: "jsonl", path: file, options } };
}

/** The lines that are not blank, numbered from 1. */
async function linesOf(file: string): Promise<{ readonly number: number; readonly text: string }[]> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    const reason = error.code === "ENOENT" ? "there is no such file" : error.message;
    throw new UsageError(`cannot read ${file}: ${reason}`, { cause: error });
  });
  const lines = new TextDecoder().decode(bytes).split(/\r?\n/);
  return lines.map((text, i) => ({ number: i + 1, text })).filter(({ text }) => text.trim() !== "");
}

function parseLine(text: string): JsonLine | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as JsonLine) : undefined;
  } catch {
    return undefined;
  }
}
