/** CLIP's text encoder (Radford et al. 2021), with transformers' parameter names. */

import { attention } from "../graph/functions.ts";
import type { Tensor } from "../graph/tensor.ts";
import { activations, embedding, layerNorm, linear } from "../nn/layers.ts";
import type { Params } from "../nn/params.ts";
import type { ClipTextConfig } from "./clip-config.ts";

export interface ClipLayers {
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly activation: string;
  readonly layerNormEps: number;
}

/**
 * Embeds token ids.
 *
 * @param ids int32 [B, L], L at most `maxPositions`
 * @returns [B, L, hiddenSize], the last layer's output after the final LayerNorm
 */
export function clipText(p: Params, config: ClipTextConfig, ids: Tensor): Tensor {
  const model = p.at("text_model");
  const { hiddenSize, maxPositions, vocabSize } = config;
  const tokens = embedding(model.at("embeddings", "token_embedding"), ids, vocabSize, hiddenSize);
  const positions = model.at("embeddings", "position_embedding").get("weight", [maxPositions, hiddenSize]);
  const length = ids.shape[1];
  const x = tokens.add(length === maxPositions ? positions : positions.slice(0, 0, length));
  const h = clipEncoder(model.at("encoder"), config, x, true);
  return layerNorm(model.at("final_layer_norm"), h, { eps: config.layerNormEps });
}

/** The pre-norm transformer of both towers over [B, L, hiddenSize]; `causal` hides later positions. */
export function clipEncoder(p: Params, config: ClipLayers, x: Tensor, causal: boolean): Tensor {
  const { hiddenSize, intermediateSize, heads } = config;
  const eps = { eps: config.layerNormEps };
  let h = x;
  for (let i = 0; i < config.layers; i++) {
    const layer = p.at("layers", i);
    const attn = layer.at("self_attn");
    const normal = layerNorm(layer.at("layer_norm1"), h, eps);
    const [query, key, value] = ["q_proj", "k_proj", "v_proj"].map((name) => linear(attn.at(name), normal, hiddenSize));
    h = h.add(linear(attn.at("out_proj"), attention(query, key, value, { heads, causal }), hiddenSize));
    const inner = linear(layer.at("mlp", "fc1"), layerNorm(layer.at("layer_norm2"), h, eps), intermediateSize);
    h = h.add(linear(layer.at("mlp", "fc2"), activations[config.activation](inner), hiddenSize));
  }
  return h;
}
