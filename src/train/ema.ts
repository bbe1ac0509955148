/** How fast the moving average of weights forgets: the ramps of the reference and of diffusers. */

export interface EmaOptions {
  /** The largest decay. Default 0.9999. */
  readonly decay?: number;
  /**
   * `reference`: (1 + n) / (10 + n) from the first update on (LitEma). `diffusers`: the first update copies the weights, the
   * later ones are the reference's, one behind (EMAModel). Default `reference`.
   */
  readonly ramp?: "reference" | "diffusers";
  /** The reference averages after every micro-batch, diffusers after every step. Default `step`. */
  readonly per?: "step" | "micro-batch";
}

export const EMA_DEFAULTS: Required<EmaOptions> = { decay: 0.9999, ramp: "reference", per: "step" };

/** The decay d of the `n`-th update, counted from 1, in ema ← d · ema + (1 − d) · weight. */
export function emaDecay(n: number, { decay, ramp }: Required<EmaOptions> = EMA_DEFAULTS): number {
  const updates = ramp === "reference" ? n : n - 1;
  return updates <= 0 ? 0 : Math.min(decay, (1 + updates) / (10 + updates));
}
