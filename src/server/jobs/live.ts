/** What only the running server knows of an edit that is not finished: its events, its progress, how to stop it. */

import type { Edit } from "../store/records.ts";
import { type EditEvent, EventLog, type Progress } from "./events.ts";

export class LiveEdit {
  readonly log = new EventLog<EditEvent>();
  /** Resolves once it is finished; rejects when the server closes before. */
  readonly finished: Promise<Edit>;
  progress: Progress | undefined;
  /** The latest preview, a JPEG. */
  preview: Uint8Array | undefined;
  /** The place in the queue that was told last. */
  position = 0;
  readonly #stop = new AbortController();
  #settle: { resolve(edit: Edit): void; reject(reason: unknown): void } | undefined;

  constructor() {
    this.finished = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.finished.catch(() => {}); // perhaps nobody waits
  }

  /** Fires when the edit has to stop; the reason says why. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  stop(reason: unknown): void {
    this.#stop.abort(reason);
  }

  finish(edit: Edit): void {
    this.log.close();
    this.#settle?.resolve(edit);
  }

  abandon(reason: unknown): void {
    this.log.close();
    this.#settle?.reject(reason);
  }
}
