/** The convolutional autoencoder (AutoencoderKL) between images and latents, with diffusers' parameter names. */

import { resizeNearest } from "../graph/functions.ts";
import type { Tensor } from "../graph/tensor.ts";
import { attentionLayer } from "../nn/attention.ts";
import { conv2d, groupNorm } from "../nn/layers.ts";
import type { Params } from "../nn/params.ts";
import { resnetBlock } from "./resnet.ts";
import type { VaeConfig } from "./vae-config.ts";

const NORM_EPS = 1e-6;
const LOG_VARIANCE_RANGE = [-30, 20] as const;

/**
 * The posterior over latents of an image.
 *
 * @param image [B, in_channels, H, W] in [−1, 1]; H and W multiples of the down-sampling factor.
 * @returns mean (the mode) and log-variance, each [B, latent_channels, H/f, W/f]; not multiplied by the scaling factor.
 */
export function encode(p: Params, config: VaeConfig, image: Tensor): { mean: Tensor; logVariance: Tensor } {
  const e = p.at("encoder");
  const widths = config.blockOutChannels;
  let h = conv2d(e.at("conv_in"), image, widths[0]);
  for (const [i, channels] of widths.entries()) {
    const scope = e.at("down_blocks", i);
    for (let layer = 0; layer < config.layersPerBlock; layer++)
      h = resnet(scope.at("resnets", layer), config, h, channels);
    if (i < widths.length - 1) {
      // One row and column of zeros below and to the right only, as in the original.
      h = conv2d(scope.at("downsamplers", 0, "conv"), h, channels, { stride: 2, padding: [0, 0, 1, 1] });
    }
  }
  h = middle(e.at("mid_block"), config, h);
  h = conv2d(e.at("conv_out"), normSilu(e.at("conv_norm_out"), config, h), 2 * config.latentChannels);
  if (config.useQuantConv) h = conv2d(p.at("quant_conv"), h, 2 * config.latentChannels, { kernel: 1 });
  const [mean, logVariance] = h.split(1, [config.latentChannels, config.latentChannels]);
  return { mean, logVariance: logVariance.clip(...LOG_VARIANCE_RANGE) };
}

/**
 * The image of latents.
 *
 * @param latents [B, latent_channels, h, w], already divided by the scaling factor.
 * @returns [B, out_channels, h·f, w·f], about in [−1, 1]
 */
export function decode(p: Params, config: VaeConfig, latents: Tensor): Tensor {
  const d = p.at("decoder");
  const widths = [...config.blockOutChannels].reverse();
  let h = config.usePostQuantConv
    ? conv2d(p.at("post_quant_conv"), latents, config.latentChannels, { kernel: 1 })
    : latents;
  h = conv2d(d.at("conv_in"), h, widths[0]);
  h = middle(d.at("mid_block"), config, h);
  for (const [i, channels] of widths.entries()) {
    const scope = d.at("up_blocks", i);
    for (let layer = 0; layer <= config.layersPerBlock; layer++)
      h = resnet(scope.at("resnets", layer), config, h, channels);
    if (i < widths.length - 1) {
      const larger = resizeNearest(h, 2 * h.shape[2], 2 * h.shape[3]);
      h = conv2d(scope.at("upsamplers", 0, "conv"), larger, channels);
    }
  }
  return conv2d(d.at("conv_out"), normSilu(d.at("conv_norm_out"), config, h), config.outChannels);
}

function resnet(p: Params, config: VaeConfig, x: Tensor, channels: number): Tensor {
  return resnetBlock(p, x, channels, { activation: config.activation, groups: config.normGroups, eps: NORM_EPS });
}

/** What precedes the last convolution; SiLU whatever `act_fn` says, which is of the resnets. */
function normSilu(p: Params, config: VaeConfig, x: Tensor): Tensor {
  return groupNorm(p, x, { groups: config.normGroups, eps: NORM_EPS }).silu();
}

/** Resnet, one-head attention over all positions, resnet. */
function middle(p: Params, config: VaeConfig, x: Tensor): Tensor {
  const channels = x.shape[1];
  const h = resnet(p.at("resnets", 0), config, x, channels);
  const attended = config.midBlockAttention ? positionAttention(p.at("attentions", 0), config, h) : h;
  return resnet(p.at("resnets", 1), config, attended, channels);
}

function positionAttention(p: Params, config: VaeConfig, x: Tensor): Tensor {
  const [batch, channels, height, width] = x.shape;
  const normal = groupNorm(p.at("group_norm"), x, { groups: config.normGroups, eps: NORM_EPS });
  const rows = normal.reshape([batch, channels, height * width]).transpose([0, 2, 1]);
  const attended = attentionLayer(p, rows, { heads: 1, bias: true });
  return x.add(attended.transpose([0, 2, 1]).reshape(x.shape));
}
