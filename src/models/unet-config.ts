/** The UNet's configuration: diffusers' `unet/config.json`, checked. */

import { CheckpointError } from "../errors.ts";
import { activations } from "../nn/layers.ts";
import { ConfigReader, type JsonObject } from "./config.ts";

export interface UNetConfig {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly blockOutChannels: readonly number[];
  /** Resnets in each down block; the up block of the same width has one more. */
  readonly layersPerBlock: readonly number[];
  /** Whether down block i, and up block i, attend. */
  readonly downAttention: readonly boolean[];
  readonly upAttention: readonly boolean[];
  readonly transformerLayers: readonly number[];
  /** Attention heads at each width. diffusers calls this number `attention_head_dim`. */
  readonly heads: readonly number[];
  readonly crossAttentionDim: number;
  readonly useLinearProjection: boolean;
  readonly normGroups: number;
  readonly normEps: number;
  readonly activation: string;
  readonly timeEmbedDim: number;
  readonly flipSinToCos: boolean;
  readonly freqShift: number;
  readonly centerInputSample: boolean;
  /** Zeros around the input of a down-sampling convolution; 0 means one row and column, below and to the right. */
  readonly downsamplePadding: number;
  readonly midBlockScaleFactor: number;
  readonly convInKernel: number;
  readonly convOutKernel: number;
}

const DOWN = ["CrossAttnDownBlock2D", "DownBlock2D"];
const UP = ["CrossAttnUpBlock2D", "UpBlock2D"];

/** @throws CheckpointError naming a key whose value is malformed or not supported. */
export function unetConfig(json: JsonObject, where = "unet/config.json"): UNetConfig {
  const read = new ConfigReader(json, where);
  const blockOutChannels = read.counts("block_out_channels", [320, 640, 1280, 1280]);
  const blocks = blockOutChannels.length;
  const down = read.names("down_block_types", [DOWN[0], DOWN[0], DOWN[0], DOWN[1]], DOWN);
  const up = read.names("up_block_types", [UP[1], UP[0], UP[0], UP[0]], UP);
  if (down.length !== blocks || up.length !== blocks) {
    throw new CheckpointError(`${where}: expected ${blocks} down and up blocks, got ${down.length} and ${up.length}`);
  }
  const config: UNetConfig = {
    inChannels: read.count("in_channels", 4),
    outChannels: read.count("out_channels", 4),
    blockOutChannels,
    layersPerBlock: read.counts("layers_per_block", 2, blocks),
    downAttention: down.map((name) => name === DOWN[0]),
    upAttention: up.map((name) => name === UP[0]),
    transformerLayers: read.counts("transformer_layers_per_block", 1, blocks),
    heads: read.counts("attention_head_dim", 8, blocks),
    crossAttentionDim: read.count("cross_attention_dim", 1280),
    useLinearProjection: read.boolean("use_linear_projection", false),
    normGroups: read.count("norm_num_groups", 32),
    normEps: read.number("norm_eps", 1e-5),
    activation: read.string("act_fn", "silu", Object.keys(activations)),
    timeEmbedDim: read.count("time_embedding_dim", 4 * blockOutChannels[0]),
    flipSinToCos: read.boolean("flip_sin_to_cos", true),
    freqShift: read.number("freq_shift", 0),
    centerInputSample: read.boolean("center_input_sample", false),
    downsamplePadding: read.whole("downsample_padding", 1),
    midBlockScaleFactor: read.number("mid_block_scale_factor", 1),
    convInKernel: read.count("conv_in_kernel", 3),
    convOutKernel: read.count("conv_out_kernel", 3),
  };
  read
    .fixed({
      mid_block_type: "UNetMidBlock2DCrossAttn",
      resnet_time_scale_shift: "default",
      time_embedding_type: "positional",
      attention_type: "default",
      resnet_out_scale_factor: 1,
      num_attention_heads: null,
      only_cross_attention: false,
      dual_cross_attention: false,
    })
    .notNull(["norm_num_groups"])
    // Dropout is off outside training; attention is computed in float32 whether `upcast_attention` asks for it or not;
    // the head counts of extra embeddings mean nothing without those embeddings, which are refused.
    .ignored([
      "sample_size",
      "dropout",
      "upcast_attention",
      "addition_embed_type_num_heads",
      "mid_block_only_cross_attention",
    ])
    .finish();
  for (const [i, width] of blockOutChannels.entries()) {
    if (width % config.normGroups !== 0 || width % config.heads[i] !== 0) {
      throw new CheckpointError(
        `${where}: block width ${width} is not divisible by ${config.normGroups} groups and ${config.heads[i]} heads`,
      );
    }
  }
  return config;
}
