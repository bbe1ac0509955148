/**
 * What happens to an edit, for any number of readers at their own pace. A log keeps the latest event of each kind, not
 * all of them: a reader that keeps up sees every event, one that was away or is slow sees where things stand, and memory
 * does not grow with either.
 */

import type { Failure, Output } from "../store/records.ts";

export type EditEvent =
  | { readonly type: "queued"; readonly data: { readonly position: number } }
  | { readonly type: "loading"; readonly data: LoadingData }
  | { readonly type: "started"; readonly data: { readonly model: string } }
  | { readonly type: "progress"; readonly data: Progress }
  | { readonly type: "preview"; readonly data: { readonly step: number; readonly jpeg: Uint8Array } }
  | { readonly type: "output"; readonly data: Output & { readonly index: number } }
  | { readonly type: "done"; readonly data: { readonly outputs: number } }
  | { readonly type: "failed"; readonly data: { readonly error: Failure } }
  | { readonly type: "canceled"; readonly data: Readonly<Record<string, never>> };

export interface LoadingData {
  readonly phase: string;
  readonly file?: string;
  readonly received?: number;
  readonly total?: number;
}

export interface Progress {
  readonly step: number;
  readonly steps: number;
  /** Which of the variants, from 0. */
  readonly output: number;
  /** Seconds until the whole edit is done, and for each step; null before that can be told. */
  readonly eta_s: number | null;
  readonly s_per_it: number | null;
}

export interface Logged<Event> {
  /** Rises by one from event to event of a log. */
  readonly seq: number;
  readonly event: Event;
}

export class EventLog<Event> {
  readonly #capacity: number;
  readonly #latest = new Map<string, Logged<Event>>();
  readonly #readers = new Set<() => void>();
  #seq = 0;
  #forgotten = 0;
  #closed = false;

  /** @param capacity kinds of events that are remembered; the oldest are forgotten beyond it */
  constructor(capacity = Number.POSITIVE_INFINITY) {
    this.#capacity = capacity;
  }

  /** The number of the latest event. */
  get seq(): number {
    return this.#seq;
  }

  /** Adds an event, which takes the place of the earlier one of its kind. */
  publish(kind: string, event: Event): void {
    this.#latest.delete(kind);
    this.#latest.set(kind, { seq: ++this.#seq, event });
    if (this.#latest.size > this.#capacity) this.#forgetOldest();
    this.#wake();
  }

  /** Whether a reader that has seen the events up to `seq` can be told what it missed. */
  remembers(seq: number): boolean {
    return seq >= this.#forgotten && seq <= this.#seq;
  }

  /** Nothing more will happen. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  /** The remembered events after `seq`, in order. */
  after(seq: number): Logged<Event>[] {
    return seq === this.#seq ? [] : [...this.#latest.values()].filter((logged) => logged.seq > seq);
  }

  /** Those events and all that come, until the log is closed or the signal fires. */
  async *follow(seq: number, signal: AbortSignal): AsyncGenerator<Logged<Event>, void> {
    for (let seen = seq; !signal.aborted; ) {
      // One at a time: what a slow reader has not taken yet may be replaced.
      const [next] = this.after(seen);
      if (next !== undefined) {
        seen = next.seq;
        yield next;
      } else if (this.#closed) return;
      else await this.#change(signal);
    }
  }

  #forgetOldest(): void {
    const [oldest] = this.#latest;
    if (oldest === undefined) return;
    this.#latest.delete(oldest[0]);
    this.#forgotten = oldest[1].seq;
  }

  #wake(): void {
    for (const wake of [...this.#readers]) wake();
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#readers.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      this.#readers.add(wake);
      signal.addEventListener("abort", wake, { once: true });
    });
  }
}
