/** A check on what a network gave. */

import { CheckpointError } from "../errors.ts";

/** @throws CheckpointError when latents are not finite, with what is likely to be wrong */
export function expectFinite(latents: Float32Array, step: number): void {
  if (latents.every(Number.isFinite)) return;
  throw new CheckpointError(
    `step ${step} gave values that are not finite: the weights may be damaged (check them with \`ip2p info --verify\`), ` +
      "or a guidance scale is far out of range",
  );
}
