/** Giving tensors other names: the same bytes under the key that the models use. */

import { CheckpointError } from "../errors.ts";
import type { TensorIndex, TensorRef } from "./tensor-ref.ts";

/** What a matching part of a key becomes; a function gets the match and its groups. */
export type RenameRule = readonly [pattern: RegExp, replacement: string | ((...match: string[]) => string)];

/** Applies every rule in turn. */
export function renamed(key: string, rules: readonly RenameRule[]): string {
  return rules.reduce(
    (name, [pattern, to]) => (typeof to === "string" ? name.replace(pattern, to) : name.replace(pattern, to)),
    key,
  );
}

/**
 * The index of what `rename` returns for each tensor; nothing drops the tensor.
 *
 * @throws CheckpointError when two tensors come to the same name.
 */
export function renameTensors(
  tensors: TensorIndex,
  rename: (ref: TensorRef) => TensorRef | undefined,
): Map<string, TensorRef> {
  const result = new Map<string, TensorRef>();
  const origins = new Map<string, string>();
  for (const [key, ref] of tensors) {
    const next = rename(ref);
    if (next === undefined) continue;
    const other = origins.get(next.name);
    if (other !== undefined) {
      throw new CheckpointError(`${ref.file}: tensors ${other} and ${key} both stand for ${next.name}; remove one`);
    }
    result.set(next.name, next);
    origins.set(next.name, key);
  }
  return result;
}

/** A 1×1 convolution's weight (C_out, C_in, 1, 1) as the equal linear layer's (C_out, C_in); other shapes as they are. */
export function asLinear(shape: readonly number[]): readonly number[] {
  return shape.length === 4 && shape[2] === 1 && shape[3] === 1 ? shape.slice(0, 2) : shape;
}

/** A linear layer's weight (C_out, C_in) as the equal 1×1 convolution's (C_out, C_in, 1, 1); other shapes as they are. */
export function asConvolution(shape: readonly number[]): readonly number[] {
  return shape.length === 2 ? [...shape, 1, 1] : shape;
}
