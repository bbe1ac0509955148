/** The residual block that UNet and autoencoder share. */

import type { Tensor } from "../graph/tensor.ts";
import { activations, conv2d, groupNorm, linear } from "../nn/layers.ts";
import type { Params } from "../nn/params.ts";

/**
 * Two normalised 3×3 convolutions around the time embedding, plus the input (He et al. 2016).
 *
 * @param x [B, C, H, W]
 * @param temb [B, E], absent in the autoencoder
 * @returns [B, channels, H, W]
 */
export function resnetBlock(
  p: Params,
  x: Tensor,
  channels: number,
  options: { temb?: Tensor; activation: string; groups: number; eps: number; outputScale?: number },
): Tensor {
  const { temb, groups, eps, outputScale = 1 } = options;
  const act = activations[options.activation];
  let h = conv2d(p.at("conv1"), act(groupNorm(p.at("norm1"), x, { groups, eps })), channels);
  if (temb) h = h.add(linear(p.at("time_emb_proj"), act(temb), channels).unsqueeze(2, 3));
  h = conv2d(p.at("conv2"), act(groupNorm(p.at("norm2"), h, { groups, eps })), channels);
  const shortcut = x.shape[1] === channels ? x : conv2d(p.at("conv_shortcut"), x, channels, { kernel: 1 });
  return outputScale === 1 ? shortcut.add(h) : shortcut.add(h).div(outputScale);
}
