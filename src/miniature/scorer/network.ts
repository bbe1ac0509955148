/** The network that reads a scene's state from its pixels. Used for evaluation only: never in training, guidance or selection. */

import type { Tensor } from "../../graph/tensor.ts";
import { resnetBlock } from "../../models/resnet.ts";
import { conv2d, groupNorm, linear } from "../../nn/layers.ts";
import type { Params } from "../../nn/params.ts";
import { LOGITS } from "./labels.ts";

const WIDTHS = [24, 48, 96, 128] as const;
const NORM = { groups: 8, eps: 1e-5 };
const HIDDEN = 256;

/**
 * Logits of all attributes: [B, 3, 128, 128] in [−1, 1] → [B, LOGITS].
 *
 * Positions are kept until the last layers, not averaged: which slot an object is in is part of the state.
 */
export function attributeNetwork(p: Params, image: Tensor): Tensor {
  let h = conv2d(p.at("conv_in"), image, WIDTHS[0], { kernel: 5, stride: 2 });
  for (const [i, channels] of WIDTHS.entries()) {
    const level = p.at("levels", i);
    if (i > 0) h = conv2d(level.at("down"), h, channels, { stride: 2 });
    h = resnetBlock(level.at("resnet"), h, channels, { activation: "silu", ...NORM });
  }
  h = groupNorm(p.at("norm_out"), h, NORM).silu();
  const flat = conv2d(p.at("squeeze"), h, 32, { kernel: 1 }).reshape([image.shape[0], -1]);
  return linear(p.at("logits"), linear(p.at("hidden"), flat, HIDDEN).silu(), LOGITS);
}
