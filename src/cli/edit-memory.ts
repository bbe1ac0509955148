/** How much memory an edit needs. */

import type { Size } from "../image/fit.ts";
import { type Checkpoint, requireComponent } from "../weights/checkpoint.ts";

export interface EditMemory {
  /** Bytes of weights; they stay mapped from their files, so the system can drop and reread them. */
  readonly weights: number;
  /** Bytes to compute in, about. */
  readonly working: number;
}

/**
 * Measured: Stable Diffusion 1.5's networks, 320 channels wide, need 1.9 GB beside their weights at 512 × 512 with all
 * three branches in one batch, of which the process without any network takes 0.17 GB. The rest are activations, which
 * grow with the width and with the number of pixels.
 */
const MEASURED = { process: 0.17e9, activations: 1.73e9, pixels: 512 * 512, channels: 320 };

/** @throws CheckpointError when the checkpoint has no unet. */
export function editMemory(checkpoint: Checkpoint, { width, height }: Size): EditMemory {
  const [channels] = widths(requireComponent(checkpoint, "unet").config.block_out_channels);
  let weights = 0;
  for (const { tensors } of checkpoint.components.values())
    for (const { length } of tensors.values()) weights += length;
  const scale = ((width * height) / MEASURED.pixels) * (channels / MEASURED.channels);
  return { weights, working: Math.round(MEASURED.process + MEASURED.activations * scale) };
}

function widths(configured: unknown): readonly number[] {
  const isList = Array.isArray(configured) && typeof configured[0] === "number";
  return isList ? configured : [MEASURED.channels];
}
