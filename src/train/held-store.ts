/** Weights under training as parameters of other graphs, which use them where they are. */

import { input, type Tensor } from "../graph/tensor.ts";
import type { ParameterStore } from "../nn/params.ts";
import type { Trained } from "./recipe.ts";
import { stateName } from "./trainable-store.ts";

/** A store of trained parameters, inputs that programs of `trained.engine` need not be fed, and of frozen ones. */
export function heldStore({ shapes, slot }: Trained, frozen?: ParameterStore): ParameterStore {
  const inputs = new Map<string, Tensor>();
  return {
    has: (path) => shapes.has(path) || frozen?.has(path) === true,
    parameter(path, shape) {
      if (frozen !== undefined && !shapes.has(path)) return frozen.parameter(path, shape);
      const tensor = inputs.get(path) ?? input(stateName(slot, path), shape);
      inputs.set(path, tensor);
      return tensor;
    },
  };
}
