/** A text-to-image UNet becomes one of edits: its first convolution also reads the input picture's latents (paper, section 3.2). */

import { CheckpointError } from "../errors.ts";
import { elements, type NdArray } from "../ndarray.ts";

/** The parameter that is widened, inside the UNet. */
const KERNEL = "conv_in.weight";

/**
 * The UNet's weights by path, with a first convolution of `inChannels` input channels: those there were, then zeros, so
 * that training starts from what the UNet computed before, whatever the new channels hold. The bias stays, as in the
 * original; diffusers' scripts draw it anew. Weights that are as wide already are returned as they are.
 *
 * @param weights with paths as in the checkpoint: `conv_in.weight` [out, channels, k, k] is the one that changes
 * @throws CheckpointError when there is no such tensor, or it has more input channels than `inChannels`.
 */
export function widen(
  weights: ReadonlyMap<string, NdArray<Float32Array>>,
  inChannels = 8,
): ReadonlyMap<string, NdArray<Float32Array>> {
  const kernel = weights.get(KERNEL);
  if (!kernel) throw new CheckpointError(`widening: expected a tensor "${KERNEL}", the UNet has none`);
  return new Map([...weights, [KERNEL, widenKernel(kernel, inChannels)]]);
}

/** `widen` for the kernel alone: [out, channels, k, k] → [out, inChannels, k, k]. */
export function widenKernel(kernel: NdArray<Float32Array>, inChannels = 8): NdArray<Float32Array> {
  const [out, channels, ...window] = kernel.shape;
  if (window.length !== 2 || channels > inChannels) {
    throw new CheckpointError(
      `widening: expected "${KERNEL}" of at most ${inChannels} input channels, got [${kernel.shape.join(", ")}]; ` +
        "a UNet for edits is made from one for text to image, which has 4",
    );
  }
  if (channels === inChannels) return kernel;
  const [before, after] = [channels * elements(window), inChannels * elements(window)];
  const data = new Float32Array(out * after);
  for (let i = 0; i < out; i++) data.set(kernel.data.subarray(i * before, (i + 1) * before), i * after);
  return { shape: [out, inChannels, ...window], data };
}
