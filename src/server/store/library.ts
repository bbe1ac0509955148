/** Everything the server remembers: sessions, edits, grids and pictures, in memory to read and in a journal to last. */

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "../../errors.ts";
import { type Entry, Journal } from "./journal.ts";
import { PictureFiles } from "./pictures.ts";
import { type Edit, type Picture, type PictureRef, STORE_VERSION, type Tables } from "./records.ts";

type TableName = keyof Tables;

/** The journal is written anew once it holds this many entries, and as many times what is alive. */
const COMPACTION = { entries: 4000, ratio: 3 };

const FORMAT: Entry = { table: "store", id: "format", value: { version: STORE_VERSION } };

export class Library {
  readonly edits: ReadonlyMap<string, Tables["edits"]>;
  readonly grids: ReadonlyMap<string, Tables["grids"]>;
  readonly sessions: ReadonlyMap<string, Tables["sessions"]>;
  readonly pictures: ReadonlyMap<string, Tables["pictures"]>;
  /** Lines of the journal that were damaged when it was opened. */
  readonly damaged: number;
  readonly #tables: { readonly [Name in TableName]: Map<string, Tables[Name]> };
  readonly #journal: Journal;
  readonly #files: PictureFiles;
  /** Pictures that are being stored or removed. */
  readonly #busy = new Map<string, Promise<unknown>>();
  #pictureBytes = 0;
  #compacting = false;

  private constructor(journal: Journal, files: PictureFiles, damaged: number) {
    this.#tables = { edits: new Map(), grids: new Map(), sessions: new Map(), pictures: new Map() };
    ({ edits: this.edits, grids: this.grids, sessions: this.sessions, pictures: this.pictures } = this.#tables);
    this.#journal = journal;
    this.#files = files;
    this.damaged = damaged;
  }

  /**
   * Opens the store in a folder, or starts one. One process at a time may have it open.
   * @throws UsageError when a newer version of this software wrote it
   */
  static async open(folder: string): Promise<Library> {
    await mkdir(folder, { recursive: true });
    const files = await PictureFiles.open(join(folder, "pictures"));
    const { journal, entries, damaged } = await Journal.open(join(folder, "journal.jsonl"));
    const library = new Library(journal, files, damaged);
    try {
      for (const entry of entries) library.#apply(entry, folder);
      if (entries.length === 0) await journal.append([FORMAT]);
      await library.#removeStrays();
    } catch (error) {
      await journal.close();
      throw error;
    }
    return library;
  }

  /** Bytes of all pictures. */
  get pictureBytes(): number {
    return this.#pictureBytes;
  }

  /** Files values, replacing older ones of the same id. Seen at once; on the disk when this resolves. */
  async put<Name extends TableName>(table: Name, ...values: Tables[Name][]): Promise<void> {
    for (const value of values) this.#tables[table].set(value.id, value);
    await this.#append(values.map((value) => ({ table, id: value.id, value })));
  }

  /** Forgets values. */
  async remove(table: Exclude<TableName, "pictures">, ...ids: string[]): Promise<void> {
    for (const id of ids) this.#tables[table].delete(id);
    await this.#append(ids.map((id) => ({ table, id })));
  }

  /**
   * Stores a PNG, once, and with it an edit that refers to it, if `edit` makes one. All of it is on the disk when this
   * resolves.
   */
  async addPicture(
    png: Uint8Array,
    { width, height }: Omit<PictureRef, "id">,
    edit?: (picture: PictureRef) => Edit,
  ): Promise<PictureRef> {
    const id = PictureFiles.idOf(png);
    return this.#alone(id, async () => {
      await this.#files.put(id, png);
      if (!this.pictures.has(id)) this.#pictureBytes += png.length;
      const picture = { id, width, height, bytes: png.length, usedAt: Date.now() };
      // Both entries are written at one go.
      const written = [this.put("pictures", picture)];
      if (edit !== undefined) written.push(this.put("edits", edit({ id, width, height })));
      await Promise.all(written);
      return { id, width, height };
    });
  }

  /** Removes a picture, file and entry, unless it was used since it was looked at. */
  async removePicture({ id, usedAt }: Picture): Promise<void> {
    await this.#alone(id, async () => {
      const picture = this.#tables.pictures.get(id);
      if (picture === undefined || picture.usedAt !== usedAt) return;
      this.#tables.pictures.delete(id);
      this.#pictureBytes -= picture.bytes;
      await this.#append([{ table: "pictures", id }]);
      await this.#files.remove(id);
    });
  }

  /** Counts a picture as used now. */
  touchPicture(picture: Picture): void {
    this.#tables.pictures.set(picture.id, { ...picture, usedAt: Date.now() });
  }

  /** Where the file of a stored picture is. */
  picturePath(id: string): string {
    return this.#files.path(id);
  }

  /** Ends after what was put before. */
  close(): Promise<void> {
    return this.#journal.close();
  }

  async #append(entries: readonly Entry[]): Promise<void> {
    await this.#journal.append(entries);
    const alive = Object.values(this.#tables).reduce((sum, { size }) => sum + size, 0);
    const { size } = this.#journal;
    if (this.#compacting || size < COMPACTION.entries || size < alive * COMPACTION.ratio) return;
    this.#compacting = true;
    // Where there is no room for a new journal, the old one serves on.
    const compacted = this.#journal.rewrite(() => this.#everything()).catch(() => {});
    compacted.then(() => {
      this.#compacting = false;
    });
  }

  *#everything(): Generator<Entry> {
    yield FORMAT;
    for (const [table, values] of Object.entries(this.#tables))
      for (const [id, value] of values) yield { table, id, value };
  }

  #apply({ table, id, value }: Entry, folder: string): void {
    if (table === FORMAT.table) {
      const { version } = value as { version: number };
      if (version <= STORE_VERSION) return;
      throw new UsageError(
        `${folder} was written by a newer version (its format is ${version}, this version reads up to ${STORE_VERSION}): ` +
          "update, or pass another folder with --data",
      );
    }
    const values: Map<string, object> | undefined = this.#tables[table as TableName];
    if (value === undefined) values?.delete(id);
    else values?.set(id, value);
  }

  /** A crash may leave a file without its entry, never an entry without its file. */
  async #removeStrays(): Promise<void> {
    for (const id of await this.#files.ids()) if (!this.pictures.has(id)) await this.#files.remove(id);
    for (const { bytes } of this.pictures.values()) this.#pictureBytes += bytes;
  }

  async #alone<T>(id: string, work: () => Promise<T>): Promise<T> {
    const before = this.#busy.get(id);
    const done = (before ?? Promise.resolve()).then(work);
    const settled = done
      .catch(() => {})
      .then(() => {
        if (this.#busy.get(id) === settled) this.#busy.delete(id);
      });
    this.#busy.set(id, settled);
    return done;
  }
}
