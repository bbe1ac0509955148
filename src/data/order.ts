/** Which example is drawn when, and with which random numbers: a function of the seed and the number of the draw. */

import { philox4x32 } from "../random/philox.ts";
import { type Random, torchCpuRandom } from "../random.ts";

/** One draw from the endless sequence of shuffled epochs. */
export interface Draw {
  readonly epoch: number;
  /** The example's number in its data set. */
  readonly index: number;
  /** Seed of the stream of this example in this epoch. */
  readonly stream: number;
}

/** What a stream is for; streams of different uses have nothing in common. */
const USES = { order: 0, example: 1 } as const;

/**
 * The sequence of draws from `length` examples: every epoch each once, in an order that depends on the seed and the
 * epoch alone. Draw n is the same whether or not those before it were made.
 */
export function drawSequence(length: number, seed: number): (n: number) => Draw {
  const orders = new Map<number, Uint32Array>();
  const orderOf = (epoch: number): Uint32Array => {
    const order = orders.get(epoch) ?? permutation(length, torchCpuRandom(streamSeed(seed, "order", epoch, 0)));
    // Batches being prepared straddle two epochs at most of the time; older orders can be made again.
    if (orders.size > 1) for (const old of orders.keys()) if (old < epoch - 1) orders.delete(old);
    orders.set(epoch, order);
    return order;
  };
  return (n) => {
    const epoch = Math.floor(n / length);
    const index = orderOf(epoch)[n % length];
    return { epoch, index, stream: streamSeed(seed, "example", epoch, index) };
  };
}

/** The numbers 0 … length − 1 in random order (Fisher and Yates). */
export function permutation(length: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** A 32-bit seed for one use: Philox4x32-10 keyed by the seed, so that neighbours are unrelated. */
function streamSeed(seed: number, use: keyof typeof USES, epoch: number, index: number): number {
  return philox4x32([index, epoch, USES[use], 0], [seed % 2 ** 32, Math.floor(seed / 2 ** 32)])[0];
}
