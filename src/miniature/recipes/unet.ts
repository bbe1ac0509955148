/** The miniature's UNets and noise schedule: `unet/config.json` and `scheduler/scheduler_config.json`. */

import { input } from "../../graph/tensor.ts";
import { unet } from "../../models/unet.ts";
import { unetConfig } from "../../models/unet-config.ts";
import type { NdArray } from "../../ndarray.ts";
import type { Params } from "../../nn/params.ts";
import type { Random } from "../../random.ts";
import { initialWeights, isLastOfBlock } from "../../train/initialize.ts";
import { TEXT_LENGTH } from "../tokenizer.ts";
import { LATENT_SIZE } from "./autoencoder.ts";

const LATENT_CHANNELS = 4;

/** Width of the text encoder's output. */
export const TEXT_WIDTH = 128;

/**
 * `unet/config.json`: 4 input channels for text to image, 8 for edits. Attention where a position is 16 pixels or more; most
 * residual blocks where it is 8, as that is where objects, a few positions wide, are drawn.
 */
export function unetJson(inChannels: 4 | 8) {
  return {
    _class_name: "UNet2DConditionModel",
    sample_size: LATENT_SIZE,
    in_channels: inChannels,
    out_channels: LATENT_CHANNELS,
    block_out_channels: [64, 128, 192],
    down_block_types: ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
    up_block_types: ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
    layers_per_block: [3, 1, 1],
    attention_head_dim: 4,
    cross_attention_dim: TEXT_WIDTH,
    norm_num_groups: 16,
  };
}

/**
 * Training's noise: Stable Diffusion's, rescaled so that the last step is noise alone (Lin et al. 2023), as sampling begins
 * with it: a small network otherwise takes what is random in the noise for the rest of a picture. The network predicts v,
 * which at this size learns faster than ε.
 */
export const SCHEDULER_JSON = {
  _class_name: "DDIMScheduler",
  num_train_timesteps: 1000,
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: "scaled_linear",
  trained_betas: null,
  clip_sample: false,
  set_alpha_to_one: false,
  steps_offset: 1,
  prediction_type: "v_prediction",
  timestep_spacing: "trailing",
  rescale_betas_zero_snr: true,
} as const;

/**
 * A UNet that has not been trained: what latent diffusion begins with, each block the identity.
 *
 * @returns float32 weights by checkpoint key
 */
export function initialUNet(inChannels: 4 | 8, random: Random): Map<string, NdArray<Float32Array>> {
  const inputs = () => ({
    sample: input("sample", [1, inChannels, LATENT_SIZE, LATENT_SIZE]),
    timestep: input("timestep", [1]),
    text: input("text", [1, TEXT_LENGTH, TEXT_WIDTH]),
  });
  const build = (p: Params) => unet(p, unetConfig(unetJson(inChannels)), inputs());
  return initialWeights(build, random, { zero: isLastOfBlock });
}
