/** Initial values of parameters that no checkpoint has, as PyTorch's layers and the latent diffusion code draw them. */

import { elements, type NdArray, ndarray } from "../ndarray.ts";
import { Params } from "../nn/params.ts";
import type { Random } from "../random.ts";
import { trainableStore } from "./trainable-store.ts";

export interface InitialOptions {
  /** Parameters that begin as zeros, so that a block begins as the identity; see `isLastOfBlock`. */
  readonly zero?: (path: string) => boolean;
  /** Factor of the range of weights: 1 is PyTorch's, √3 keeps the variance of what passes a layer. Default 1. */
  readonly gain?: number;
  /** Deviation of embedding tables. Default 0.02. */
  readonly embedding?: number;
}

/**
 * The last layer of a residual block, of a transformer and of the UNet: zero at the beginning in the latent diffusion code
 * (Rombach et al. 2022), so that training starts from the identity.
 */
export function isLastOfBlock(path: string): boolean {
  return /(?:^|\.)(?:conv2|proj_out|conv_out)\.(?:weight|bias)$/.test(path);
}

/**
 * Initial values of a parameter: scales of normalisations 1 and their shifts 0, tables N(0, σ²), weights and biases of
 * linear and convolutional layers U(−1/√fanIn, 1/√fanIn) (PyTorch's default, He et al. 2015 with a = √5).
 *
 * @param shapes shapes of all parameters: a bias takes its range from the weight beside it.
 */
export function initialValues(
  path: string,
  shapes: ReadonlyMap<string, readonly number[]>,
  random: Random,
  options: InitialOptions = {},
): Float32Array {
  const shape = shapes.get(path) ?? [];
  const values = new Float32Array(elements(shape));
  if (options.zero?.(path)) return values;
  if (isTable(path)) {
    const deviation = options.embedding ?? 0.02;
    return random.normal(values.length).map((value) => value * deviation);
  }
  const weight = path.endsWith(".bias") ? shapes.get(path.replace(/bias$/, "weight")) : shape;
  if (weight === undefined || weight.length < 2) return path.endsWith(".weight") ? values.fill(1) : values;
  const bound = (path.endsWith(".bias") ? 1 : (options.gain ?? 1)) / Math.sqrt(elements(weight.slice(1)));
  return values.map(() => (2 * random.uniform() - 1) * bound);
}

/** Tokens, positions, the class and its patches; the time embedding is made of linear layers. */
function isTable(path: string): boolean {
  return /(?<!time)_embedding(?:\.|$)/.test(path);
}

/** Initial values of a whole network by path. `build` asks for its parameters, as its model function does. */
export function initialWeights(
  build: (p: Params) => unknown,
  random: Random,
  options?: InitialOptions,
): Map<string, NdArray<Float32Array>> {
  const store = trainableStore();
  build(new Params(store));
  const shapes = new Map([...store.parameters].map(([path, { shape }]) => [path, shape]));
  return new Map(
    [...shapes].map(([path, shape]) => [path, ndarray(initialValues(path, shapes, random, options), shape)]),
  );
}
