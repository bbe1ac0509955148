/** Reading one example for training: from the data set, checked, at its size. */

import { torchCpuRandom } from "../random.ts";
import { BadExampleError, type BadReason } from "./bad-example.ts";
import type { EditDataset, EditExample } from "./dataset.ts";
import { fitPair, type GeometryOptions } from "./geometry.ts";
import { lanes } from "./lanes.ts";
import { soundPair } from "./sound-pair.ts";

/** Which example to read, and the seed of the stream it draws from. */
export interface Reading {
  readonly index: number;
  readonly stream: number;
}

/** An example that was left out. */
export interface BadExample {
  readonly id: string;
  readonly reason: BadReason;
  readonly message: string;
}

/** What came of reading an example. */
export type Outcome = { readonly example: EditExample } | { readonly bad: BadExample };

/** Whatever reads examples: this thread or others. */
export interface ExampleReader {
  read(reading: Reading): Promise<Outcome>;
  close(): Promise<void>;
}

/** Reads an example, draws its geometry from the same stream as its sample, and says when it cannot be used. */
export async function readExample(
  dataset: EditDataset,
  { index, stream }: Reading,
  geometry: GeometryOptions | undefined,
): Promise<Outcome> {
  const random = torchCpuRandom(stream);
  try {
    const example = soundPair(await dataset.read(index, random));
    return { example: geometry === undefined ? example : fitPair(example, geometry, random) };
  } catch (error) {
    if (!(error instanceof BadExampleError)) throw error;
    return { bad: { id: error.id, reason: error.reason, message: error.message } };
  }
}

/** As many as decode at once in the threads that Node lends to libvips. */
const AT_ONCE = 4;

/** A reader in this thread. */
export function readHere(dataset: EditDataset, geometry: GeometryOptions | undefined): ExampleReader {
  const inLane = lanes(AT_ONCE);
  return {
    read: (reading) => inLane(() => readExample(dataset, reading, geometry)),
    close: async () => {},
  };
}
