/** Batches of examples in an order that a resumed run finds again. */

import { UsageError } from "../errors.ts";
import type { EditDataset, EditExample } from "./dataset.ts";
import { checkGeometry, type GeometryOptions } from "./geometry.ts";
import { type Draw, drawSequence } from "./order.ts";
import { type ExampleReader, readHere } from "./read-example.ts";
import { describeSkipped, type Skipped, SkippedTally } from "./skipped.ts";

export interface BatchOptions {
  /** Examples in a batch. */
  readonly batch: number;
  /** An integer from 0 to 2^53 − 1. It decides the order, the samples, the crops and the mirroring. */
  readonly seed: number;
  /** The step to begin with: a run that stopped after n steps goes on with `start: n` as if it had not. Default 0. */
  readonly start?: number;
  /** How many batches are prepared ahead of the one in use. Default 2. */
  readonly prefetch?: number;
  /** How pictures become squares. Without it they come as they are. */
  readonly geometry?: GeometryOptions;
  /** Ends the batches with an error, its reason. */
  readonly signal?: AbortSignal;
}

export interface Batch {
  /** Counted from 0, whatever `start` is. */
  readonly step: number;
  /** The epoch of the first example. A batch may straddle two: all batches are full. */
  readonly epoch: number;
  readonly examples: readonly EditExample[];
}

/** Batches without end; leave the loop to stop. */
export interface Batches extends AsyncIterable<Batch> {
  /** The examples left out so far, by reason. */
  report(): Skipped[];
}

/** How many of the first epoch are looked at once one is bad, wherever a run begins, and what share of them is too much. */
const SAMPLE = 100;
const TOO_MANY = 0.5;

/**
 * Batches from a data set, each epoch shuffled anew. Step n depends on the data set, the seed and the batch size alone.
 *
 * An example that cannot be used is replaced by the next one that can, and counted.
 *
 * @param open where examples are read; default: in this thread.
 * @throws UsageError for options out of range and an empty data set; while iterating, when more than half of the first
 *   hundred examples of the first epoch cannot be used.
 */
export function batches(
  dataset: EditDataset,
  options: BatchOptions,
  open: () => ExampleReader = () => readHere(dataset, options.geometry),
): Batches {
  checkOptions(dataset, options);
  const tally = new SkippedTally();
  return {
    [Symbol.asyncIterator]: () =>
      iterate(options, open, (reader) => batchMaker(dataset.length, options, reader, tally)),
    report: () => tally.report(),
  };
}

/** Keeps `prefetch` batches under way and hands them out in order. */
async function* iterate(
  { start = 0, prefetch = 2, signal }: BatchOptions,
  open: () => ExampleReader,
  makerFor: (reader: ExampleReader) => (step: number) => Promise<Batch>,
): AsyncGenerator<Batch, void, void> {
  const reader = open();
  const make = makerFor(reader);
  const ready: Promise<Batch>[] = [];
  try {
    for (let step = start; ; step++) {
      signal?.throwIfAborted();
      while (ready.length <= prefetch) {
        const batch = make(step + ready.length);
        batch.catch(() => {}); // it may never be asked for
        ready.push(batch);
      }
      const [next] = ready.splice(0, 1);
      const batch = await next;
      signal?.throwIfAborted();
      yield batch;
    }
  } finally {
    await reader.close();
  }
}

/** Makes batches by their step. */
function batchMaker(
  length: number,
  { batch, seed }: BatchOptions,
  reader: ExampleReader,
  tally: SkippedTally,
): (step: number) => Promise<Batch> {
  const draw = drawSequence(length, seed);
  let checked: Promise<void> | undefined;

  /** The example drawn, or the next one that can be used. */
  const exampleOf = async ({ index, stream }: Draw): Promise<EditExample> => {
    for (let i = 0; i < length; i++) {
      const outcome = await reader.read({ index: (index + i) % length, stream });
      if ("example" in outcome) return outcome.example;
      tally.add(outcome.bad);
      checked ??= checkSample(Math.min(SAMPLE, length), draw, reader);
      await checked;
    }
    throw new UsageError(`none of the ${length} examples can be used: ${describeSkipped(tally.report())}`);
  };

  return async (step) => {
    const draws = Array.from({ length: batch }, (_, i) => draw(step * batch + i));
    const examples = await Promise.all(draws.map(exampleOf));
    return { step, epoch: draws[0].epoch, examples };
  };
}

/** @throws UsageError when too many of the first draws cannot be used: then the data set, or its reading, must be wrong. */
async function checkSample(count: number, draw: (n: number) => Draw, reader: ExampleReader): Promise<void> {
  const tally = new SkippedTally();
  const badOnes = Array.from({ length: count }, async (_, n) => {
    const outcome = await reader.read(draw(n));
    return "bad" in outcome ? [outcome.bad] : []; // a hundred pictures would be much to keep
  });
  const bad = (await Promise.all(badOnes)).flat();
  if (bad.length <= count * TOO_MANY) return;
  for (const example of bad) tally.add(example);
  throw new UsageError(
    `${bad.length} of the first ${count} examples cannot be used, so the data set is damaged or read the wrong way: ` +
      describeSkipped(tally.report()),
  );
}

function checkOptions({ length }: EditDataset, { batch, seed, start = 0, prefetch = 2, geometry }: BatchOptions): void {
  if (length === 0) throw new UsageError("the data set, or this split of it, has no examples");
  checkInteger("batch", batch, 1);
  checkInteger("seed", seed, 0);
  checkInteger("start", start, 0);
  checkInteger("prefetch", prefetch, 0);
  if (geometry !== undefined) checkGeometry(geometry);
}

/** @throws UsageError when an option is no integer or below `least`. */
export function checkInteger(option: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new UsageError(`${option} is an integer from ${least}, got ${value}`);
}
