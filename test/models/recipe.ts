/** The weights that the goldens of tiny models were made with: a formula over the names and shapes that a model asks for. */

import { constant, input, type Tensor } from "../../src/graph/tensor.ts";
import { elements, type NdArray, ndarray } from "../../src/ndarray.ts";
import { type ParameterStore, Params } from "../../src/nn/params.ts";

/** A network on the parameters of a scope. */
export type Build = (p: Params) => void;

/** Names and shapes of all parameters that a network asks for. */
export function parametersOf(build: Build): ReadonlyMap<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  const store: ParameterStore = {
    parameter(path, shape) {
      const known = shapes.get(path);
      if (known && `${known}` !== `${shape}`) throw new Error(`${path} is asked for as [${known}] and as [${shape}]`);
      shapes.set(path, shape);
      return input(path, shape);
    },
    has: () => true,
  };
  build(new Params(store));
  return shapes;
}

/** Constants by the formula, for every parameter that `build` asks for. */
export function recipeStore(build: Build): ParameterStore {
  const shapes = parametersOf(build);
  const tensors = new Map<string, Tensor>();
  for (const [i, name] of [...shapes.keys()].sort().entries()) {
    const shape = shapes.get(name) as readonly number[];
    tensors.set(name, constant(recipe(name, shape, i), shape));
  }
  return {
    parameter(path, shape) {
      const value = tensors.get(path);
      if (`${value?.shape}` !== `${shape}`)
        throw new Error(`${path}: expected [${value?.shape}], asked for [${shape}]`);
      return value as Tensor;
    },
    has: (path) => tensors.has(path),
  };
}

/** Element j of the i-th parameter in order of names, from s = sin(0.7 i + 1.3 j + 0.1). */
function recipe(name: string, shape: readonly number[], i: number): Float32Array {
  const fan = elements(shape.slice(1));
  const scaled = (s: number) => {
    if (shape.length >= 2) return s / Math.sqrt(fan);
    return name.endsWith("weight") ? 1 + 0.1 * s : 0.1 * s;
  };
  return Float32Array.from({ length: elements(shape) }, (_, j) => scaled(Math.sin(0.7 * i + 1.3 * j + 0.1)));
}

/** sin or cos of f · j over the flat index j. */
export function wave(
  shape: readonly number[],
  frequency: number,
  f: (x: number) => number = Math.sin,
): NdArray<Float32Array> {
  return ndarray(
    Float32Array.from({ length: elements(shape) }, (_, j) => f(frequency * j)),
    shape,
  );
}
