/** What a training begins with, tensor by tensor: initial values, or a state it goes on from. */

import { invariant, UsageError } from "../errors.ts";
import { elements, type NdArray, zeros } from "../ndarray.ts";
import { type Random, torchCpuRandom } from "../random.ts";
import { type Slot, stateName } from "./trainable-store.ts";

/** Shapes of parameters by path. */
export type Shapes = ReadonlyMap<string, readonly number[]>;

/** Gives the value a parameter begins with. */
export type InitialValue = (path: string, shapes: Shapes, random: Random) => Float32Array | Promise<Float32Array>;

/** A tensor of a snapshot, in memory or to be read when its turn comes. */
export type SavedTensor = NdArray | { readonly shape: readonly number[]; read(): Promise<NdArray> };

/** Tensors of the state under the names of `stateName`, one in memory at a time. */
export type NamedTensors = AsyncIterable<readonly [name: string, tensor: NdArray]>;

/** Initial values: the average begins as the weights, the moments as zeros. */
export async function* firstState(
  initial: InitialValue,
  shapes: Shapes,
  { slots, seed }: { readonly slots: readonly Slot[]; readonly seed: number },
): NamedTensors {
  const random = torchCpuRandom(seed);
  for (const [path, shape] of shapes) {
    const data = await initial(path, shapes, random);
    invariant(data.length === elements(shape), `${data.length} initial values for ${path} [${shape.join(", ")}]`);
    for (const slot of slots) {
      const begins = slot === "weight" || slot === "ema";
      yield [stateName(slot, path), begins ? { shape, data } : zeros(shape)];
    }
  }
}

/** The state to go on from. @throws UsageError, before anything is read, when it is of other parameters. */
export function savedState(
  saved: Readonly<Record<string, SavedTensor>>,
  shapes: Shapes,
  slots: readonly Slot[],
): NamedTensors {
  const foreign = Object.keys(saved).find((name) => !shapes.has(name.slice(name.indexOf("/") + 1)));
  if (foreign !== undefined) {
    throw new UsageError(`resuming: the snapshot has ${foreign}, which is not trained here; it is of another model`);
  }
  const tensors = slots.flatMap((slot) =>
    [...shapes].map(([path, shape]) => {
      const name = stateName(slot, path);
      const found = saved[name];
      if (found && `${found.shape}` === `${shape}`) return [name, found] as const;
      throw new UsageError(
        `resuming: expected ${name} of [${shape.join(", ")}], ` +
          `got ${found ? `[${found.shape.join(", ")}]` : "none"}; the snapshot is of another model or other options`,
      );
    }),
  );
  return readOneByOne(tensors);
}

async function* readOneByOne(tensors: readonly (readonly [string, SavedTensor])[]): NamedTensors {
  for (const [name, tensor] of tensors) yield [name, "read" in tensor ? await tensor.read() : tensor];
}
