/** CLIP's configurations: transformers' `text_encoder/config.json` and the vision tower's, checked. */

import { activations } from "../nn/layers.ts";
import type { ClipLayers } from "./clip-text.ts";
import { ConfigReader, type JsonObject } from "./config.ts";

export interface ClipTextConfig extends ClipLayers {
  readonly vocabSize: number;
  readonly maxPositions: number;
  readonly projectionDim: number;
  /** The token whose first position is pooled; files that say 2 mean the largest id. */
  readonly eosTokenId: number;
}

export interface ClipVisionConfig extends ClipLayers {
  readonly imageSize: number;
  readonly patchSize: number;
  readonly projectionDim: number;
}

/** Keys every transformers configuration may carry that do not change what is computed, such as those of text generation. */
const WITHOUT_INFLUENCE = [
  ...["architectures", "attention_dropout", "bos_token_id", "pad_token_id", "dropout", "dtype", "torch_dtype"],
  ...["initializer_factor", "initializer_range", "model_type", "transformers_version", "chunk_size_feed_forward"],
  ...["id2label", "label2id", "return_dict", "output_attentions", "output_hidden_states", "tie_word_embeddings"],
  ...["diversity_penalty", "encoder_no_repeat_ngram_size", "length_penalty", "max_length", "min_length", "temperature"],
  ...["no_repeat_ngram_size", "num_beam_groups", "num_beams", "num_return_sequences", "repetition_penalty"],
  ...["top_k", "top_p", "typical_p"],
];

function layers(read: ConfigReader, fallback: ClipLayers): ClipLayers {
  return {
    hiddenSize: read.count("hidden_size", fallback.hiddenSize),
    intermediateSize: read.count("intermediate_size", fallback.intermediateSize),
    layers: read.count("num_hidden_layers", fallback.layers),
    heads: read.count("num_attention_heads", fallback.heads),
    activation: read.string("hidden_act", "quick_gelu", Object.keys(activations)),
    layerNormEps: read.number("layer_norm_eps", 1e-5),
  };
}

/** @throws CheckpointError naming a key whose value is malformed or not supported. */
export function clipTextConfig(json: JsonObject, where = "text_encoder/config.json"): ClipTextConfig {
  const read = new ConfigReader(json, where);
  const config: ClipTextConfig = {
    ...layers(read, {
      hiddenSize: 512,
      intermediateSize: 2048,
      layers: 12,
      heads: 8,
      activation: "",
      layerNormEps: 1e-5,
    }),
    vocabSize: read.count("vocab_size", 49408),
    maxPositions: read.count("max_position_embeddings", 77),
    projectionDim: read.count("projection_dim", 512),
    eosTokenId: read.number("eos_token_id", 49407),
  };
  read.fixed({ use_attention_mask: false, pruned_heads: {} }).ignored(WITHOUT_INFLUENCE).finish();
  return config;
}

/** @throws CheckpointError naming a key whose value is malformed or not supported. */
export function clipVisionConfig(json: JsonObject, where = "vision config"): ClipVisionConfig {
  const read = new ConfigReader(json, where);
  const config: ClipVisionConfig = {
    ...layers(read, {
      hiddenSize: 768,
      intermediateSize: 3072,
      layers: 12,
      heads: 12,
      activation: "",
      layerNormEps: 1e-5,
    }),
    imageSize: read.count("image_size", 224),
    patchSize: read.count("patch_size", 32),
    projectionDim: read.count("projection_dim", 512),
  };
  read.fixed({ num_channels: 3, pruned_heads: {} }).ignored(WITHOUT_INFLUENCE).finish();
  return config;
}
