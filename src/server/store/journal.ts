/**
 * An append-only file of entries that survives `kill -9` and power cuts. Each line carries a checksum; entries written at
 * one time share one `fsync`; a line cut short by a crash is dropped when the file is opened again.
 */

import { type FileHandle, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";

/** A value filed under a table and an id; the latest wins. Without a value it is removed. */
export interface Entry {
  readonly table: string;
  readonly id: string;
  readonly value?: object;
}

interface Waiting {
  readonly text: string;
  readonly entries: number;
  resolve(): void;
  reject(reason: unknown): void;
}

export interface OpenedJournal {
  readonly journal: Journal;
  /** In the order they were written. */
  readonly entries: Entry[];
  /** Lines whose checksum did not match, other than a last one cut short. They are left out. */
  readonly damaged: number;
}

export class Journal {
  readonly #path: string;
  #file: FileHandle;
  /** Bytes of the file that are whole entries. */
  #length: number;
  #entries: number;
  /** Whether something may follow the whole entries: a full disk may have taken half of a write. */
  #ragged = false;
  #waiting: Waiting[] = [];
  #snapshot: { entries: () => Iterable<Entry>; resolve: () => void; reject: (reason: unknown) => void } | undefined;
  #working: Promise<void> | undefined;

  private constructor(path: string, file: FileHandle, state: { length: number; entries: number }) {
    this.#path = path;
    this.#file = file;
    this.#length = state.length;
    this.#entries = state.entries;
  }

  /** Opens the file, or starts one, and reads what is in it. A damaged file is kept aside, as `<path>.damaged`. */
  static async open(path: string): Promise<OpenedJournal> {
    const text = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return Buffer.alloc(0);
      throw error;
    });
    const { entries, damaged, length } = readEntries(text);
    if (damaged > 0) await rename(path, `${path}.damaged`);
    const file = await open(path, damaged > 0 ? "w+" : "a+");
    const journal = new Journal(path, file, { length: damaged > 0 ? 0 : length, entries: entries.length });
    if (damaged > 0) await journal.rewrite(() => entries);
    else await file.truncate(length);
    await syncFolder(dirname(path));
    return { journal, entries, damaged };
  }

  /** Entries in the file, those that later ones replace included. */
  get size(): number {
    return this.#entries;
  }

  /** Adds entries, all or none; they are on the disk when this resolves. */
  append(entries: readonly Entry[]): Promise<void> {
    const text = entries.map(encode).join("");
    return new Promise((resolve, reject) => {
      this.#waiting.push({ text, entries: entries.length, resolve, reject });
      this.#work();
    });
  }

  /** Replaces the file by what `entries` gives when its turn has come. A crash leaves the old file or the new one. */
  rewrite(entries: () => Iterable<Entry>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#snapshot = { entries, resolve, reject };
      this.#work();
    });
  }

  /** Ends after what was added before. */
  async close(): Promise<void> {
    while (this.#working !== undefined) await this.#working;
    await this.#file.close();
  }

  #work(): void {
    this.#working ??= this.#loop();
  }

  async #loop(): Promise<void> {
    // What is added in this turn of the event loop is written together.
    await new Promise(setImmediate);
    while (this.#waiting.length > 0 || this.#snapshot !== undefined) {
      const batch = this.#waiting;
      this.#waiting = [];
      if (batch.length > 0) {
        await this.#write(batch).then(
          () => {
            for (const { resolve } of batch) resolve();
          },
          (error: unknown) => {
            for (const { reject } of batch) reject(error);
          },
        );
      }
      const snapshot = this.#snapshot;
      this.#snapshot = undefined;
      if (snapshot !== undefined) await this.#replace(snapshot.entries()).then(snapshot.resolve, snapshot.reject);
    }
    // In one go with the look at what waits, so that nothing is added in between and left lying.
    this.#working = undefined;
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    const bytes = Buffer.from(batch.map(({ text }) => text).join(""));
    if (this.#ragged) await this.#file.truncate(this.#length);
    this.#ragged = true;
    await this.#file.appendFile(bytes);
    await this.#file.datasync();
    this.#ragged = false;
    this.#length += bytes.length;
    this.#entries += batch.reduce((sum, { entries }) => sum + entries, 0);
  }

  async #replace(entries: Iterable<Entry>): Promise<void> {
    const lines = Array.from(entries, encode);
    const bytes = Buffer.from(lines.join(""));
    const temporary = `${this.#path}.tmp`;
    const file = await open(temporary, "w+");
    try {
      await file.appendFile(bytes);
      await file.sync();
      await file.close();
      await rename(temporary, this.#path);
    } catch (error) {
      await file.close();
      await rm(temporary, { force: true });
      throw error;
    }
    await syncFolder(dirname(this.#path));
    await this.#file.close();
    this.#file = await open(this.#path, "a+");
    this.#length = bytes.length;
    this.#entries = lines.length;
    this.#ragged = false;
  }
}

/** A file's name is on the disk only once its folder is. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return; // folders cannot be opened there
  const folder = await open(path, "r");
  await folder.sync().finally(() => folder.close());
}

function encode(entry: Entry): string {
  const json = JSON.stringify(entry);
  return `${checksum(json)} ${json}\n`;
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, "0");
}

/** `length` is where the last whole line ends. */
function readEntries(bytes: Buffer): { entries: Entry[]; damaged: number; length: number } {
  const entries: Entry[] = [];
  let damaged = 0;
  let start = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
    const line = bytes.toString("utf8", start, end);
    const json = line.slice(9);
    if (line.slice(0, 8) === checksum(json)) entries.push(JSON.parse(json));
    else damaged++;
    start = end + 1;
  }
  return { entries, damaged, length: start };
}
