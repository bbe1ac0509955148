/** The denoising UNet of Stable Diffusion 1.x and 2.x (Rombach et al. 2022), with diffusers' parameter names. */

import { ShapeError } from "../errors.ts";
import { resizeNearest } from "../graph/functions.ts";
import { recompute } from "../graph/recompute.ts";
import { concat, constant, type Tensor } from "../graph/tensor.ts";
import { transformerBlock } from "../nn/attention.ts";
import { activations, conv2d, groupNorm, linear } from "../nn/layers.ts";
import type { Params } from "../nn/params.ts";
import { resnetBlock } from "./resnet.ts";
import type { UNetConfig } from "./unet-config.ts";

/** GroupNorm epsilon before a transformer; fixed in the original, unlike the resnets' `norm_eps`. */
const TRANSFORMER_NORM_EPS = 1e-6;

/** What the UNet is evaluated on. */
export interface UNetInputs {
  /** [S, in_channels, H, W]: noisy latents (scaled by 1/√(σ²+1)), for edits joined with the input image's latents. */
  readonly sample: Tensor;
  /** [1], in 0 … 999, not necessarily whole. */
  readonly timestep: Tensor;
  /** [B, L, cross_attention_dim]: the text encoder's last hidden state. */
  readonly text: Tensor;
  /**
   * Which sample each text goes with, B numbers below S; default one to one. Rows that share a sample are computed once
   * until the text first enters, which is after the first self-attention: the same result for less work.
   */
  readonly rows?: readonly number[];
  /**
   * For training: residual blocks and transformers keep nothing but their inputs for the backward pass, which computes the
   * rest again. Less memory for the time of about one more forward pass. Default false.
   */
  readonly recomputed?: boolean;
}

/**
 * ε or v predicted for noisy latents: [B, out_channels, H, W].
 *
 * @throws ShapeError when `rows` does not give each text a sample.
 */
export function unet(p: Params, config: UNetConfig, inputs: UNetInputs): Tensor {
  const { sample, timestep, text, rows, recomputed = false } = inputs;
  const [samples, texts] = [sample.shape[0], text.shape[0]];
  const sampleOf = rows ?? Array.from({ length: samples }, (_, row) => row);
  if (sampleOf.length !== texts || sampleOf.some((row) => row < 0 || row >= samples)) {
    throw new ShapeError(
      `unet: expected one of ${samples} samples for each of ${texts} texts, got [${sampleOf.join(", ")}]`,
    );
  }
  const widths = config.blockOutChannels;
  const last = widths.length - 1;
  const temb = timeEmbedding(p.at("time_embedding"), config, timestep);
  const act = activations[config.activation];
  const norm = { groups: config.normGroups, eps: config.normEps };
  const segment = (build: () => Tensor) => (recomputed ? recompute(build) : build());
  const resnet = (scope: Params, x: Tensor, channels: number, outputScale = 1) =>
    segment(() => resnetBlock(scope, x, channels, { temb, activation: config.activation, outputScale, ...norm }));
  const spread = (x: Tensor) => (x.shape[0] === texts ? x : selectRows(x, sampleOf));
  const attend = (scope: Params, x: Tensor, block: number) =>
    segment(() => spatialTransformer(scope, config, { x, text, block, spread }));

  // With as many samples as texts nothing is shared, and their order is made that of the texts at once.
  const ordered = samples === texts ? selectRows(sample, sampleOf) : sample;
  const centred = config.centerInputSample ? ordered.mul(2).add(-1) : ordered;
  let h = conv2d(p.at("conv_in"), centred, widths[0], { kernel: config.convInKernel });
  const skips = [h];
  for (const [i, channels] of widths.entries()) {
    const scope = p.at("down_blocks", i);
    for (let layer = 0; layer < config.layersPerBlock[i]; layer++) {
      h = resnet(scope.at("resnets", layer), h, channels);
      if (config.downAttention[i]) h = attend(scope.at("attentions", layer), h, i);
      skips.push(h);
    }
    if (i < last) {
      const padding = config.downsamplePadding === 0 ? ([0, 0, 1, 1] as const) : config.downsamplePadding;
      h = conv2d(scope.at("downsamplers", 0, "conv"), h, channels, { stride: 2, padding });
      skips.push(h);
    }
  }

  const middle = p.at("mid_block");
  h = resnet(middle.at("resnets", 0), h, widths[last], config.midBlockScaleFactor);
  h = attend(middle.at("attentions", 0), h, last);
  h = resnet(middle.at("resnets", 1), h, widths[last], config.midBlockScaleFactor);

  for (let up = 0; up <= last; up++) {
    const block = last - up;
    const scope = p.at("up_blocks", up);
    for (let layer = 0; layer <= config.layersPerBlock[block]; layer++) {
      h = concat([spread(h), spread(skips.pop() as Tensor)], 1);
      h = resnet(scope.at("resnets", layer), h, widths[block]);
      if (config.upAttention[up]) h = attend(scope.at("attentions", layer), h, block);
    }
    if (block > 0) {
      // The size of the next skip, not twice this one: an odd extent was rounded up on the way down.
      const [, , height, width] = skips[skips.length - 1].shape;
      h = conv2d(scope.at("upsamplers", 0, "conv"), resizeNearest(h, height, width), widths[block]);
    }
  }
  h = act(groupNorm(p.at("conv_norm_out"), h, norm));
  return conv2d(p.at("conv_out"), h, config.outChannels, { kernel: config.convOutKernel });
}

/** Sinusoidal timestep features through two linear layers: [B] → [B, timeEmbedDim]. */
function timeEmbedding(p: Params, config: UNetConfig, timestep: Tensor): Tensor {
  const width = config.blockOutChannels[0];
  const half = Math.floor(width / 2);
  // Rounded to float32 at every step, as the original is: an angle of 999 turns a last digit into 6e-5 of a cosine.
  const { fround } = Math;
  const frequency = (_: unknown, i: number) =>
    Math.exp(fround(fround(fround(-Math.log(10000)) * i) / (half - config.freqShift)));
  const frequencies = constant(Float32Array.from({ length: half }, frequency), [1, half]);
  const angles = timestep.reshape([-1, 1]).mul(frequencies);
  const waves = config.flipSinToCos ? [angles.cos(), angles.sin()] : [angles.sin(), angles.cos()];
  // An odd width ends in a zero.
  const features = concat(waves, 1).pad([0, 0], [0, width % 2]);
  const h = activations[config.activation](linear(p.at("linear_1"), features, config.timeEmbedDim));
  return linear(p.at("linear_2"), h, config.timeEmbedDim);
}

/** Transformer blocks over the positions of [S, C, H, W], behind a GroupNorm and between two projections, plus the input. */
function spatialTransformer(
  p: Params,
  config: UNetConfig,
  inputs: { x: Tensor; text: Tensor; block: number; spread: (x: Tensor) => Tensor },
): Tensor {
  const { x, text, block, spread } = inputs;
  const [, channels, height, width] = x.shape;
  const toRows = (t: Tensor) => t.reshape([-1, channels, height * width]).transpose([0, 2, 1]);
  const toMap = (t: Tensor) => t.transpose([0, 2, 1]).reshape([-1, channels, height, width]);
  const { useLinearProjection } = config;
  let h = groupNorm(p.at("norm"), x, { groups: config.normGroups, eps: TRANSFORMER_NORM_EPS });
  h = useLinearProjection
    ? linear(p.at("proj_in"), toRows(h), channels)
    : toRows(conv2d(p.at("proj_in"), h, channels, { kernel: 1 }));
  for (let i = 0; i < config.transformerLayers[block]; i++) {
    h = transformerBlock(p.at("transformer_blocks", i), h, { text, heads: config.heads[block], spread });
  }
  h = useLinearProjection
    ? toMap(linear(p.at("proj_out"), h, channels))
    : conv2d(p.at("proj_out"), toMap(h), channels, { kernel: 1 });
  return h.add(spread(x));
}

/** The given rows of axis 0, in that order. */
function selectRows(x: Tensor, rows: readonly number[]): Tensor {
  if (rows.length === x.shape[0] && rows.every((row, i) => row === i)) return x;
  return concat(
    rows.map((row) => x.slice(0, row, row + 1)),
    0,
  );
}
