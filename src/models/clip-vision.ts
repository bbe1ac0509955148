/** CLIP's image encoder and the projections into the joint space, with transformers' parameter names. */

import { concat, type Tensor } from "../graph/tensor.ts";
import { conv2d, layerNorm, linear } from "../nn/layers.ts";
import type { Params } from "../nn/params.ts";
import type { ClipVisionConfig } from "./clip-config.ts";
import { clipEncoder } from "./clip-text.ts";

/**
 * Embeds images.
 *
 * @param pixels [B, 3, imageSize, imageSize], normalised with CLIP's mean and deviation
 * @returns `hidden` [B, 1 + patches, hiddenSize] and `pooled` [B, hiddenSize], the class token after the last LayerNorm
 */
export function clipVision(p: Params, config: ClipVisionConfig, pixels: Tensor): { hidden: Tensor; pooled: Tensor } {
  const model = p.at("vision_model");
  const { hiddenSize, patchSize } = config;
  const eps = { eps: config.layerNormEps };
  const batch = pixels.shape[0];
  const embeddings = model.at("embeddings");
  const options = { kernel: patchSize, stride: patchSize, padding: 0, bias: false };
  const patches = conv2d(embeddings.at("patch_embedding"), pixels, hiddenSize, options);
  const rows = patches.reshape([batch, hiddenSize, -1]).transpose([0, 2, 1]);
  const first = embeddings
    .get("class_embedding", [hiddenSize])
    .reshape([1, 1, hiddenSize])
    .expand([batch, 1, hiddenSize]);
  const tokens = concat([first, rows], 1);
  const x = tokens.add(embeddings.at("position_embedding").get("weight", [tokens.shape[1], hiddenSize]));
  // "pre_layrnorm" is how every checkpoint spells it.
  const hidden = clipEncoder(model.at("encoder"), config, layerNorm(model.at("pre_layrnorm"), x, eps), false);
  const pooled = layerNorm(model.at("post_layernorm"), hidden.slice(1, 0, 1).reshape([batch, hiddenSize]), eps);
  return { hidden, pooled };
}

/** The image embedding in the joint space: [B, projectionDim], not normalised. */
export function projectImage(p: Params, config: ClipVisionConfig, pooled: Tensor): Tensor {
  return linear(p.at("visual_projection"), pooled, config.projectionDim, { bias: false });
}

/**
 * The text embedding in the joint space: [B, projectionDim], not normalised.
 *
 * @param hidden [B, L, hiddenSize], the text encoder's output
 * @param positions int32 [B], in the flattened [B · L] rows, of each text's end token
 */
export function projectText(p: Params, hidden: Tensor, positions: Tensor, projectionDim: number): Tensor {
  const pooled = hidden.reshape([-1, hidden.shape[2]]).gather(positions);
  return linear(p.at("text_projection"), pooled, projectionDim, { bias: false });
}
