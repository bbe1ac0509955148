/** An event file on disk, named so that TensorBoard finds it and reads it after those of earlier sessions. */

import { type FileHandle, open, readdir } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { restartRecord, versionRecord } from "./event-file.ts";

const NAME = /^events\.out\.tfevents\.(\d{10})\./;

/** Appends records to a file of its own. One that a killed process left behind may end in half a record, so none is reopened. */
export class EventFile {
  readonly path: string;
  readonly #handle: FileHandle;

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  /**
   * Starts a file in `folder`.
   *
   * @param at when: the first step that this session is going to compute, and the time in seconds since 1970.
   */
  static async create(folder: string, at: { step: number; wallTime: number }): Promise<EventFile> {
    // Readers take the files in the order of their names, whatever clocks say.
    const seconds = (await readdir(folder)).map((name) => Number(NAME.exec(name)?.[1] ?? 0) + 1);
    const second = String(Math.max(Math.floor(at.wallTime), ...seconds)).padStart(10, "0");
    const path = join(folder, `events.out.tfevents.${second}.${hostname()}.${process.pid}.0`);
    const file = new EventFile(path, await open(path, "ax"));
    await file.append(versionRecord(at.wallTime));
    await file.append(restartRecord(at));
    return file;
  }

  /** Appends one or more records. */
  append(records: Uint8Array): Promise<void> {
    return this.#handle.appendFile(records);
  }

  /** Returns when everything appended is on the disk. */
  sync(): Promise<void> {
    return this.#handle.sync();
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
