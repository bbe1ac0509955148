/** The examples of a training's micro-batches, asked for by number. */

import type { Batch, Batches } from "../../data/batches.ts";
import type { EditExample } from "../../data/dataset.ts";
import type { Skipped } from "../../data/skipped.ts";

/** Reads on in order, which is what trainings do; any other micro-batch is a new beginning. */
export class Examples implements AsyncDisposable {
  readonly #open: (start: number) => Batches;
  #batches: Batches | undefined;
  #iterator: AsyncIterator<Batch, void, void> | undefined;
  #next = 0;

  /** @param open batches from the `start`-th micro-batch on */
  constructor(open: (start: number) => Batches) {
    this.#open = open;
  }

  /** The examples of micro-batch `index`. Called one at a time. @throws UsageError when too many cannot be used. */
  async at(index: number): Promise<readonly EditExample[]> {
    if (index !== this.#next || this.#iterator === undefined) {
      await this.dispose();
      this.#batches = this.#open(index);
      this.#iterator = this.#batches[Symbol.asyncIterator]();
    }
    const { value } = await this.#iterator.next();
    if (!value) throw new Error("internal: batches came to an end");
    this.#next = index + 1;
    return value.examples;
  }

  /** What was left out so far. */
  get skipped(): readonly Skipped[] {
    return this.#batches?.report() ?? [];
  }

  async dispose(): Promise<void> {
    await this.#iterator?.return?.();
    this.#iterator = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}
