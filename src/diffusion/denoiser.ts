/** From what a network tells about a noisy sample to an estimate of the clean one. */

import { combine } from "./combine.ts";
import type { Prediction } from "./scheduler-config.ts";

/** An estimate of x0 from `x` = x0 + `sigma`·ε, at the level that training numbered `t`. */
export type Denoiser = (x: Float32Array, sigma: number, t: number) => Promise<Float32Array>;

/** A network: from a noisy sample scaled to unit variance, and its timestep, to what `Prediction` says. */
export type Model = (x: Float32Array, t: number) => Promise<Float32Array>;

/**
 * The denoiser that `model` is, by what it was trained to predict:
 * ε: x0 = x − σ·ε; v = (ε − σ·x0) / √(σ² + 1): x0 = x / (σ² + 1) − σ·v / √(σ² + 1); or x0 itself.
 */
export function denoiser(model: Model, prediction: Prediction): Denoiser {
  return async (x, sigma, t) => {
    const alpha = 1 / Math.hypot(sigma, 1);
    const output = await model(combine([alpha, x]), t);
    switch (prediction) {
      case "epsilon":
        return combine([1, x], [-sigma, output]);
      case "v_prediction":
        return combine([alpha * alpha, x], [-sigma * alpha, output]);
      case "sample":
        return output;
    }
  };
}

/** `denoise` with its estimates limited to ±`range`: for pixels, as latents have no limits. */
export function clipped(denoise: Denoiser, range: number): Denoiser {
  return async (x, sigma, t) => clip(await denoise(x, sigma, t), range);
}

/** `x` limited to ±`range`. */
export function clip(x: Float32Array, range: number): Float32Array {
  return x.map((value) => Math.min(Math.max(value, -range), range));
}
