/** The autoencoder's configuration: diffusers' `vae/config.json`, checked. */

import { CheckpointError } from "../errors.ts";
import { activations } from "../nn/layers.ts";
import { ConfigReader, type JsonObject } from "./config.ts";

export interface VaeConfig {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly latentChannels: number;
  readonly blockOutChannels: readonly number[];
  /** Resnets in each encoder block; decoder blocks have one more. */
  readonly layersPerBlock: number;
  readonly normGroups: number;
  /** Of the resnets. */
  readonly activation: string;
  /** Latents are multiplied by this for diffusion (the input image's are not), and divided before decoding. */
  readonly scalingFactor: number;
  readonly useQuantConv: boolean;
  readonly usePostQuantConv: boolean;
  readonly midBlockAttention: boolean;
}

/** @throws CheckpointError naming a key whose value is malformed or not supported. */
export function vaeConfig(json: JsonObject, where = "vae/config.json"): VaeConfig {
  const read = new ConfigReader(json, where);
  const blockOutChannels = read.counts("block_out_channels", [64]);
  const blocks = blockOutChannels.length;
  const down = read.names("down_block_types", ["DownEncoderBlock2D"], ["DownEncoderBlock2D"]);
  const up = read.names("up_block_types", ["UpDecoderBlock2D"], ["UpDecoderBlock2D"]);
  if (down.length !== blocks || up.length !== blocks) {
    throw new CheckpointError(`${where}: expected ${blocks} down and up blocks, got ${down.length} and ${up.length}`);
  }
  const config: VaeConfig = {
    inChannels: read.count("in_channels", 3),
    outChannels: read.count("out_channels", 3),
    latentChannels: read.count("latent_channels", 4),
    blockOutChannels,
    layersPerBlock: read.count("layers_per_block", 1),
    normGroups: read.count("norm_num_groups", 32),
    activation: read.string("act_fn", "silu", Object.keys(activations)),
    scalingFactor: read.number("scaling_factor", 0.18215),
    useQuantConv: read.boolean("use_quant_conv", true),
    usePostQuantConv: read.boolean("use_post_quant_conv", true),
    midBlockAttention: read.boolean("mid_block_add_attention", true),
  };
  read
    .fixed({ shift_factor: null, latents_mean: null, latents_std: null })
    // `force_upcast` asks for float32, which is what everything is computed in.
    .ignored(["sample_size", "force_upcast"])
    .finish();
  for (const width of blockOutChannels) {
    if (width % config.normGroups !== 0) {
      throw new CheckpointError(`${where}: block width ${width} is not divisible by ${config.normGroups} groups`);
    }
  }
  return config;
}

/** Image pixels per latent along each side, e.g. 8. */
export function vaeScaleFactor(config: VaeConfig): number {
  return 2 ** (config.blockOutChannels.length - 1);
}
