/** Parameters by checkpoint key. A model asks a scope for tensors; where their values live is the store's business. */

import type { Tensor } from "../graph/tensor.ts";

/** Where parameters come from: a safetensors file, graph inputs in training, a constant plus a low-rank delta. */
export interface ParameterStore {
  /**
   * The float32 parameter stored under `path`.
   * @throws CheckpointError when it is absent or not of `shape`.
   */
  parameter(path: string, shape: readonly number[]): Tensor;
  has(path: string): boolean;
}

/** A prefix of checkpoint keys, `down_blocks.0.resnets.1`: the path of a parameter is its key. */
export class Params {
  readonly path: string;
  readonly #store: ParameterStore;

  constructor(store: ParameterStore, path = "") {
    this.#store = store;
    this.path = path;
  }

  #join(name: string | number): string {
    return this.path === "" ? String(name) : `${this.path}.${name}`;
  }

  /** The scope `names` below this one. */
  at(...names: (string | number)[]): Params {
    return names.reduce<Params>((scope, name) => new Params(scope.#store, scope.#join(name)), this);
  }

  get(name: string, shape: readonly number[]): Tensor {
    return this.#store.parameter(this.#join(name), shape);
  }

  has(name: string): boolean {
    return this.#store.has(this.#join(name));
  }
}
