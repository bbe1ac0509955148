/** The edits that wait, in order, and how many there may be. */

import type { Edit } from "../store/records.ts";

export class Queue {
  readonly capacity: number;
  #waiting: Edit[] = [];

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get waiting(): readonly Edit[] {
    return this.#waiting;
  }

  /** Places that are free. */
  get room(): number {
    return Math.max(0, this.capacity - this.#waiting.length);
  }

  /** A rank in front of all that wait, or behind them. */
  rank(end: "front" | "back"): number {
    if (this.#waiting.length === 0) return 0;
    return end === "front" ? this.#waiting[0].rank - 1 : this.#waiting[this.#waiting.length - 1].rank + 1;
  }

  /** Adds edits at their ranks; among equals the earlier comes first. */
  add(...edits: Edit[]): void {
    this.#waiting = [...this.#waiting, ...edits].sort((a, b) => a.rank - b.rank);
  }

  /** Takes out the first that can be begun. */
  take<Ready extends Edit>(isReady: (edit: Edit) => edit is Ready): Ready | undefined {
    const next = this.#waiting.find(isReady);
    if (next !== undefined) this.remove(next.id);
    return next;
  }

  /** Whether it was waiting. */
  remove(id: string): boolean {
    const before = this.#waiting.length;
    this.#waiting = this.#waiting.filter((edit) => edit.id !== id);
    return this.#waiting.length < before;
  }

  /** 1 for the next to be begun; undefined when it does not wait. */
  position(id: string): number | undefined {
    const index = this.#waiting.findIndex((edit) => edit.id === id);
    return index < 0 ? undefined : index + 1;
  }

  /** Puts those named in front, in this order; ids that do not wait are passed over. Returns the edits with new ranks. */
  reorder(ids: readonly string[]): Edit[] {
    const named = ids.flatMap((id) => this.#waiting.find((edit) => edit.id === id) ?? []);
    const chosen = new Set(named);
    const order = [...chosen, ...this.#waiting.filter((edit) => !chosen.has(edit))];
    this.#waiting = order.map((edit, rank) => ({ ...edit, rank }));
    return this.#waiting;
  }
}
