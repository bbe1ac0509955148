/** What a denoiser is trained to predict, and how much each noise level counts. */

/** ε: the noise; v: √ᾱ ε − √(1−ᾱ) x₀ (Salimans & Ho 2022). */
export type Prediction = "epsilon" | "v_prediction";

/**
 * Weight of the squared error at cumulative signal ᾱ. Without `minSnr` it is 1, as in the paper; with γ = `minSnr` it is
 * min(SNR, γ) / SNR for ε and min(SNR, γ) / (SNR + 1) for v, SNR = ᾱ / (1 − ᾱ) (Hang et al. 2023, section 3.4).
 */
export function lossWeight(alphaBar: number, prediction: Prediction, minSnr?: number): number {
  if (minSnr === undefined) return 1;
  const snr = alphaBar / (1 - alphaBar);
  return Math.min(snr, minSnr) / (prediction === "epsilon" ? snr : snr + 1);
}
