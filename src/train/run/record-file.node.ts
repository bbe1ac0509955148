/** A file of records, a JSON object per line, that is only appended to, and cut back when training is. */

import { type FileHandle, open, readFile } from "node:fs/promises";
import { formatLine, type Metrics, parseLine, type Timing } from "./metrics.ts";
import { writeWhole } from "./whole-file.node.ts";

export class RecordFile {
  /** The records that were there when the file was opened. */
  readonly kept: readonly Metrics[];
  readonly #handle: FileHandle;

  private constructor(kept: readonly Metrics[], handle: FileHandle) {
    this.kept = kept;
    this.#handle = handle;
  }

  /** Opens or creates the file at `path` and takes out, in one step, what is of later steps than `lastStep` or no record. */
  static async open(path: string, lastStep: number): Promise<RecordFile> {
    const text = await readFile(path, "utf8").catch((error) => {
      if (error.code === "ENOENT") return "";
      throw error;
    });
    const kept: Metrics[] = [];
    const lines: string[] = [];
    for (const line of text.split("\n")) {
      const record = parseLine(line);
      if (record === undefined || record.step > lastStep) continue;
      kept.push(record);
      lines.push(`${line}\n`);
    }
    const whole = lines.join("");
    if (whole !== text) await writeWhole(path, whole);
    return new RecordFile(kept, await open(path, "a"));
  }

  append(record: Metrics | Timing): Promise<void> {
    return this.#handle.appendFile(formatLine(record));
  }

  /** Returns when everything appended is on the disk. */
  sync(): Promise<void> {
    return this.#handle.sync();
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
