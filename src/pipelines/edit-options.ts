/** What one edit can be told: the options of `InstructPix2Pix.edit` and `.steps`. */

import type { SamplerName } from "../diffusion/samplers.ts";
import type { Image } from "../image/image.ts";

export interface EditOptions {
  /** Sampling steps, an integer >= 1. Default: the model's own, usually 100. Semantics of diffusers' `num_inference_steps`. */
  readonly steps?: number;
  /** s_T, how strongly the result follows the instruction. Finite. Default: the model's own, usually 7.5. */
  readonly textGuidance?: number;
  /** s_I, how strongly the result keeps the input image. Finite. Default: the model's own, usually 1.5. */
  readonly imageGuidance?: number;
  /** Seed of the noise, an integer in 0 … 2^53 − 1. Default: drawn at random; see `EditStep.seed`. */
  readonly seed?: number;
  /** Which generator a seed means: PyTorch's on the CPU (default) or on CUDA. */
  readonly generator?: "cpu" | "cuda";
  /** Default: the checkpoint's own, which is `euler-a` for the published InstructPix2Pix. */
  readonly sampler?: SamplerName;
  /**
   * Working size: the reference's fit to about this many pixels on the long side, or `native`. Default: the model's own,
   * usually 512.
   */
  readonly resolution?: number | "native";
  /** Bring the result back to the input's exact size. Default true. */
  readonly restore?: boolean;
  /** Text in place of the empty instruction in the guidance's unconditional branches. Default "". */
  readonly negative?: string;
  /** Opacity 0 = edit here, 255 = keep the input's pixels; same size as the image. */
  readonly mask?: { readonly width: number; readonly height: number; readonly alpha: Uint8Array };
  /**
   * Puts back the input's own pixels where its latents change by less than this, in standard deviations, and where no
   * neighbour's change by more. From 0 up; 0 keeps nothing, as the paper does. Default: the model's own, usually 0.
   */
  readonly keepBelow?: number;
  readonly signal?: AbortSignal;
}

/** One sampling step of an edit. Breaking out of the loop that yields these cancels the edit. */
export interface EditStep {
  /** 1 … `steps`. */
  readonly step: number;
  readonly steps: number;
  readonly sigma: number;
  /** The seed in use, also when it was drawn. */
  readonly seed: number;
  /** The sampler in use, also when it is the checkpoint's own. */
  readonly sampler: SamplerName;
  /** A quick look at the current estimate, an eighth of the working size, from a linear latent → RGB map. */
  preview(): Image;
  /** The current estimate through the autoencoder, at the size the finished edit will have. */
  decode(): Promise<Image>;
}
