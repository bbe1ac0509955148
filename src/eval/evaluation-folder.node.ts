/** A folder in which an evaluation keeps what it has measured, so that it can be stopped at any moment and gone on with. */

import { type FileHandle, mkdir, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "../errors.ts";
import { readImage } from "../image/decode.node.ts";
import { writeImage } from "../image/encode.node.ts";
import type { Image } from "../image/image.ts";
import { writeWhole } from "../train/run/whole-file.node.ts";
import type { EvaluationSettings, Row } from "./trials.ts";

const SETTINGS = "settings.json";
const ROWS = "rows.jsonl";
const PICTURES = "pictures";

/** `settings.json`, `rows.jsonl` with a line for each measurement, and pictures worth keeping. Call `close()` when done. */
export class EvaluationFolder<Kept extends Row> implements AsyncDisposable {
  readonly path: string;
  readonly #rows: Map<string, Kept>;
  readonly #file: FileHandle;

  private constructor(path: string, rows: Map<string, Kept>, file: FileHandle) {
    this.path = path;
    this.#rows = rows;
    this.#file = file;
  }

  /**
   * Opens a folder, or makes it. What an evaluation of the same settings has left there is gone on with; a line that it
   * could not finish is dropped. With `force`, what another has left is removed.
   *
   * @throws UsageError when the folder holds an evaluation of other settings, and `force` is not given
   */
  static async open<Kept extends Row>(
    path: string,
    settings: EvaluationSettings,
    options: { readonly force?: boolean } = {},
  ): Promise<EvaluationFolder<Kept>> {
    await mkdir(path, { recursive: true }).catch((cause) => {
      throw new UsageError(`cannot make the folder ${path}: ${cause.message}`, { cause });
    });
    const before = await textOf(join(path, SETTINGS));
    const change = before === undefined ? undefined : differing(before, settings);
    if (change !== undefined && options.force !== true) {
      throw new UsageError(
        `${path} holds an evaluation with ${change}: choose another folder, or start anew there with --force`,
      );
    }
    if (before === undefined || options.force === true) {
      await rm(join(path, ROWS), { force: true });
      await rm(join(path, PICTURES), { recursive: true, force: true });
    }
    await writeWhole(join(path, SETTINGS), `${JSON.stringify(settings, undefined, 2)}\n`);
    const rows = await wholeRows<Kept>(join(path, ROWS));
    return new EvaluationFolder(path, rows, await open(join(path, ROWS), "a"));
  }

  /** What has been measured, by key. */
  get rows(): ReadonlyMap<string, Kept> {
    return this.#rows;
  }

  /** Keeps a row. The picture, if any, is there before the row is. */
  async keep(row: Kept, picture?: Image): Promise<void> {
    if (picture !== undefined) {
      await mkdir(join(this.path, PICTURES), { recursive: true });
      await writeImage(this.#picture(row.key), picture);
    }
    await this.#file.appendFile(`${JSON.stringify(row)}\n`);
    this.#rows.set(row.key, row);
  }

  /** The picture kept with a row; undefined when there is none. */
  async picture(key: string): Promise<Image | undefined> {
    return await readImage(this.#picture(key)).catch(() => undefined);
  }

  /** Writes a file beside the rows, whole or not at all; returns its path. */
  async write(name: string, content: string | Uint8Array): Promise<string> {
    const path = join(this.path, name);
    await writeWhole(path, content);
    return path;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #picture(key: string): string {
    return join(this.path, PICTURES, `${key.replaceAll(/[^a-z0-9.-]+/g, "-")}.png`);
  }
}

async function textOf(path: string): Promise<string | undefined> {
  return await readFile(path, "utf8").catch((error) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}

/** The first setting that differs, in words. */
function differing(before: string, settings: EvaluationSettings): string | undefined {
  const old = parsed(before) ?? {};
  const names = [...new Set([...Object.keys(settings), ...Object.keys(old)])];
  const name = names.find((key) => JSON.stringify(Reflect.get(old, key)) !== JSON.stringify(settings[key]));
  if (name === undefined) return undefined;
  return `${name} ${JSON.stringify(Reflect.get(old, name))}, not ${JSON.stringify(settings[name])}`;
}

/** The rows of a file, which afterwards has nothing else. */
async function wholeRows<Kept extends Row>(path: string): Promise<Map<string, Kept>> {
  const text = (await textOf(path)) ?? "";
  const lines = text.split("\n").filter((line) => isRow(parsed(line)));
  const whole = lines.map((line) => `${line}\n`).join("");
  if (whole !== text) await writeWhole(path, whole);
  return new Map(lines.map((line) => JSON.parse(line) as Kept).map((row) => [row.key, row]));
}

function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRow(value: object | undefined): boolean {
  return value !== undefined && "key" in value && typeof value.key === "string";
}
