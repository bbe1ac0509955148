/** Batches in Node, read in this thread or in others. */

import { UsageError } from "../errors.ts";
import { type Batches, type BatchOptions, batches, checkInteger } from "./batches.ts";
import type { EditDataset } from "./dataset.ts";
import { readInThreads } from "./reader-threads.node.ts";

export interface LoadOptions extends BatchOptions {
  /** Threads that read, decode and resize. They change nothing but the speed. Default 0: this thread does it. */
  readonly workers?: number;
}

/**
 * Batches from a data set, each epoch shuffled anew: see `batches`. Threads are started when iteration begins and ended
 * when it ends.
 *
 * @throws UsageError as `batches` does, and when workers are asked for a data set that only this thread has.
 */
export function loadBatches(dataset: EditDataset, options: LoadOptions): Batches {
  const { workers = 0, geometry } = options;
  const { source, length } = dataset;
  checkInteger("workers", workers, 0);
  if (workers === 0) return batches(dataset, options);
  if (source === undefined) {
    throw new UsageError("only data sets on disk can be read by workers: leave workers out, or set it to 0");
  }
  return batches(dataset, options, () => readInThreads({ source, length, geometry }, workers));
}
