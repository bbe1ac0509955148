/** The browser's database, with promises: tables of records that are known by their ids. */

import { BackendError } from "../api/backend.ts";
import type { Tables } from "./records.ts";

type Table = keyof Tables;

const NAME = "instruct-pix2pix studio";
const VERSION = 1;
const TABLES: readonly Table[] = ["edits", "sessions", "grids", "pictures", "models"];
/** Fields by which edits are found. */
const EDIT_INDICES = ["session", "status"] as const;

export class Database {
  readonly #database: IDBDatabase;

  private constructor(database: IDBDatabase) {
    this.#database = database;
    // Another page has a newer version of the studio: it must not wait for this one.
    database.onversionchange = () => database.close();
  }

  static async open(name = NAME): Promise<Database> {
    const request = indexedDB.open(name, VERSION);
    request.onupgradeneeded = () => {
      for (const table of TABLES) request.result.createObjectStore(table, { keyPath: "id" });
      const edits = request.transaction?.objectStore("edits");
      for (const field of EDIT_INDICES) edits?.createIndex(field, field);
    };
    return new Database(await settled(request));
  }

  get<T extends Table>(table: T, id: string): Promise<Tables[T] | undefined> {
    return this.#run(table, "readonly", (store) => settled<Tables[T] | undefined>(store.get(id)));
  }

  all<T extends Table>(table: T): Promise<Tables[T][]> {
    return this.#run(table, "readonly", (store) => settled<Tables[T][]>(store.getAll()));
  }

  /** The edits of a session, or in a state. */
  editsBy(field: (typeof EDIT_INDICES)[number], value: string): Promise<Tables["edits"][]> {
    return this.#run("edits", "readonly", (store) => settled<Tables["edits"][]>(store.index(field).getAll(value)));
  }

  /** All of them, or none. */
  put<T extends Table>(table: T, ...records: Tables[T][]): Promise<void> {
    return this.#run(table, "readwrite", async (store) => {
      for (const record of records) store.put(record);
    });
  }

  /** Changes a record as nobody else does meanwhile; undefined from `change` leaves it. Resolves to it when changed. */
  change<T extends Table>(
    table: T,
    id: string,
    change: (record: Tables[T]) => Tables[T] | undefined,
  ): Promise<Tables[T] | undefined> {
    return this.#run(table, "readwrite", async (store) => {
      const record = await settled<Tables[T] | undefined>(store.get(id));
      const changed = record && change(record);
      if (changed !== undefined) store.put(changed);
      return changed;
    });
  }

  remove(table: Table, ids: readonly string[]): Promise<void> {
    return this.#run(table, "readwrite", async (store) => {
      for (const id of ids) store.delete(id);
    });
  }

  close(): void {
    this.#database.close();
  }

  /** Does something in one transaction, and waits until it is written. */
  async #run<Result>(
    table: Table,
    mode: IDBTransactionMode,
    use: (store: IDBObjectStore) => Promise<Result>,
  ): Promise<Result> {
    const transaction = this.#database.transaction(table, mode);
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(refusal(transaction.error));
    });
    done.catch(() => {}); // told below, unless `use` fails for the same reason
    const result = await use(transaction.objectStore(table)).catch(async (error) => {
      await done;
      throw error;
    });
    await done;
    return result;
  }
}

function settled<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(refusal(request.error));
  });
}

function refusal(cause: DOMException | null): BackendError {
  return cause?.name === "QuotaExceededError"
    ? new BackendError("This browser has no room left for pictures. Delete sessions, or free disk space.", {
        code: "storage_full",
        cause,
      })
    : new BackendError(`This browser does not store anything for this page (${cause?.message ?? "no reason given"}).`, {
        code: "storage_failed",
        cause,
      });
}
