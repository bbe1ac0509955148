/** Parameters that stay in their safetensors file: the inference store. */

import { CheckpointError } from "../errors.ts";
import { type Tensor, weight } from "../graph/tensor.ts";
import { elements } from "../ndarray.ts";
import type { TensorIndex } from "../weights/tensor-ref.ts";
import type { ParameterStore } from "./params.ts";

/** Number types that are widened to float32 inside the graph. */
const FLOATS = new Set(["float32", "float16", "bfloat16", "float64"]);

/**
 * Points at the tensors of one component.
 *
 * @param component names the component in messages, e.g. `unet`
 */
export function weightStore(tensors: TensorIndex, component: string): ParameterStore {
  return {
    has: (path) => tensors.has(path),
    parameter(path: string, shape: readonly number[]): Tensor {
      const ref = tensors.get(path);
      const expected = `${component}: expected a tensor "${path}" of [${shape.join(", ")}]`;
      if (!ref) throw new CheckpointError(`${expected}, but the checkpoint has none; is it of another architecture?`);
      if (!sameElements(ref.shape, shape)) {
        throw new CheckpointError(`${expected}, got [${ref.shape.join(", ")}]; the weights do not fit config.json`);
      }
      if (!FLOATS.has(ref.dtype)) throw new CheckpointError(`${expected} of a float type, got ${ref.dtype}`);
      return weight(path, ref.dtype, shape, ref).cast("float32");
    },
  };
}

/** Equal but for extents of 1: a linear layer may be stored as a 1×1 convolution, and the other way round. */
function sameElements(a: readonly number[], b: readonly number[]): boolean {
  const wide = (shape: readonly number[]) => shape.filter((extent) => extent !== 1).join();
  return elements(a) === elements(b) && wide(a) === wide(b);
}
