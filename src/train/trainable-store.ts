/** Parameters as graph inputs: the store that models are built from when they are trained. */

import { invariant, UsageError } from "../errors.ts";
import { input, type Tensor } from "../graph/tensor.ts";
import type { ParameterStore } from "../nn/params.ts";

/** The store of trainable parameters, and what it has been asked for so far, by path. */
export interface TrainableStore extends ParameterStore {
  readonly parameters: ReadonlyMap<string, Tensor>;
}

/** The state's name of a trained value: the parameter itself, AdamW's moments, the moving average, the sum of gradients. */
export type Slot = "weight" | "moment1" | "moment2" | "ema" | "gradient";

/** The name under which an engine's state, and a snapshot, hold a value of the parameter `path`. */
export function stateName(slot: Slot, path: string): string {
  return `${slot}/${path}`;
}

/**
 * A store in which every parameter is a graph input, except those that `frozen` has: a frozen store answers for the
 * paths it knows.
 *
 * @throws UsageError when a model asks for one path in two shapes.
 */
export function trainableStore(frozen?: ParameterStore): TrainableStore {
  const parameters = new Map<string, Tensor>();
  return {
    parameters,
    has: (path) => frozen?.has(path) ?? true,
    parameter(path, shape) {
      if (frozen?.has(path)) return frozen.parameter(path, shape);
      const known = parameters.get(path);
      if (known && `${known.shape}` !== `${shape}`) {
        throw new UsageError(`parameter "${path}" is used as [${known.shape.join(", ")}] and as [${shape.join(", ")}]`);
      }
      invariant(shape.length > 0 || path.length > 0, "a parameter needs a path");
      const tensor = known ?? input(stateName("weight", path), shape);
      parameters.set(path, tensor);
      return tensor;
    },
  };
}
