/** Configurations are honoured or refused key by key; nothing is silently ignored. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CheckpointError } from "../errors.ts";
import { clipTextConfig, clipVisionConfig } from "./clip-config.ts";
import type { Json, JsonObject } from "./config.ts";
import { unetConfig } from "./unet-config.ts";
import { vaeConfig } from "./vae-config.ts";

const file = new URL("../../test/golden/models/config-keys.json", import.meta.url);
/** What the classes of diffusers and transformers have, with their defaults. */
const classes = JSON.parse(readFileSync(file, "utf8")) as Readonly<Record<keyof typeof readers, JsonObject>>;

const readers = { unet: unetConfig, vae: vaeConfig, text: clipTextConfig, vision: clipVisionConfig };

/** For every key, another value than the default, by what becomes of it. */
interface Fate {
  /** Changes the network. */
  readonly honoured: JsonObject;
  /** Would change it, but that is not implemented. */
  readonly refused: JsonObject;
  /** Changes nothing that is computed. */
  readonly ignored: JsonObject;
}

const transformers = {
  ...{
    transformers_version: "4.16.0.dev0",
    architectures: ["CLIPModel"],
    output_hidden_states: true,
    return_dict: false,
  },
  ...{
    dtype: "float16",
    chunk_size_feed_forward: 8,
    id2label: { 0: "a" },
    label2id: { a: 0 },
    output_attentions: true,
  },
  ...{
    attention_dropout: 0.1,
    initializer_range: 1,
    initializer_factor: 2,
    _name_or_path: "openai/clip",
    model_type: "clip",
  },
};

const layers = {
  ...{ hidden_size: 64, intermediate_size: 96, projection_dim: 32, num_hidden_layers: 3, num_attention_heads: 4 },
  ...{ hidden_act: "gelu", layer_norm_eps: 1e-6 },
};

const fates: Readonly<Record<keyof typeof readers, Fate>> = {
  unet: {
    honoured: {
      in_channels: 8,
      out_channels: 8,
      center_input_sample: true,
      flip_sin_to_cos: false,
      freq_shift: 1,
      down_block_types: ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
      up_block_types: ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
      block_out_channels: [320, 640, 1280, 640],
      layers_per_block: [2, 2, 2, 1],
      downsample_padding: 0,
      mid_block_scale_factor: 1.5,
      act_fn: "gelu",
      norm_num_groups: 16,
      norm_eps: 1e-6,
      cross_attention_dim: 768,
      transformer_layers_per_block: [1, 2, 10, 10],
      attention_head_dim: [5, 10, 20, 20],
      use_linear_projection: true,
      time_embedding_dim: 640,
      conv_in_kernel: 5,
      conv_out_kernel: 1,
    },
    refused: {
      mid_block_type: "UNetMidBlock2D",
      only_cross_attention: true,
      reverse_transformer_layers_per_block: [1, 1, 1],
      encoder_hid_dim: 768,
      encoder_hid_dim_type: "text_proj",
      num_attention_heads: 8,
      dual_cross_attention: true,
      class_embed_type: "timestep",
      addition_embed_type: "text_time",
      addition_time_embed_dim: 256,
      num_class_embeds: 10,
      resnet_time_scale_shift: "scale_shift",
      resnet_skip_time_act: true,
      resnet_out_scale_factor: 2,
      time_embedding_type: "fourier",
      time_embedding_act_fn: "silu",
      timestep_post_act: "silu",
      time_cond_proj_dim: 256,
      projection_class_embeddings_input_dim: 2816,
      attention_type: "gated",
      class_embeddings_concat: true,
      cross_attention_norm: "group_norm",
    },
    ignored: {
      sample_size: 64,
      dropout: 0.1,
      upcast_attention: true,
      mid_block_only_cross_attention: true,
      addition_embed_type_num_heads: 32,
    },
  },
  vae: {
    honoured: {
      in_channels: 1,
      out_channels: 1,
      block_out_channels: [128],
      layers_per_block: 2,
      act_fn: "relu",
      latent_channels: 16,
      norm_num_groups: 16,
      scaling_factor: 0.13025,
      use_quant_conv: false,
      use_post_quant_conv: false,
      mid_block_add_attention: false,
    },
    refused: {
      down_block_types: ["AttnDownEncoderBlock2D"],
      up_block_types: ["AttnUpDecoderBlock2D"],
      shift_factor: 0.1,
      latents_mean: [0, 0, 0, 0],
      latents_std: [1, 1, 1, 1],
    },
    ignored: { sample_size: 512, force_upcast: false },
  },
  text: {
    honoured: { ...layers, vocab_size: 100, max_position_embeddings: 16, eos_token_id: 2 },
    refused: { is_encoder_decoder: true, problem_type: "regression" },
    ignored: { ...transformers, pad_token_id: 0, bos_token_id: 0 },
  },
  vision: {
    honoured: { ...layers, image_size: 336, patch_size: 14 },
    refused: { num_channels: 1, is_encoder_decoder: true, problem_type: "regression" },
    ignored: transformers,
  },
};

const kinds = Object.keys(readers) as (keyof typeof readers)[];

describe.each(kinds)("the configuration of %s", (kind) => {
  const read = (json: JsonObject) => readers[kind](json, "config.json");
  const { honoured, refused, ignored } = fates[kind];
  const defaults = classes[kind];

  it("has a fate for every key of the class, and for no other", () => {
    const known = [honoured, refused, ignored].flatMap((fate) => Object.keys(fate));
    expect(known.sort()).toEqual(Object.keys(defaults).sort());
  });

  it("has the defaults of the class", () => {
    expect(read(defaults)).toEqual(read({}));
  });

  it.each(Object.entries(honoured))("honours %s", (key, value) => {
    expect(value).not.toEqual(defaults[key]);
    expect(read({ ...defaults, [key]: value })).not.toEqual(read(defaults));
  });

  it.each(Object.entries(refused))("refuses %s by name", (key, value) => {
    const reading = () => read({ ...defaults, [key]: value });
    expect(reading).toThrow(CheckpointError);
    expect(reading).toThrow(
      new RegExp(`^config\\.json: .*"${key}".*${JSON.stringify(value).replace(/[[\]]/g, "\\$&")}`),
    );
  });

  it.each(Object.entries(ignored))("is not concerned with %s", (key, value) => {
    expect(value).not.toEqual(defaults[key]);
    expect(read({ ...defaults, [key]: value })).toEqual(read(defaults));
  });

  it("refuses what the class does not have, unless it is switched off or private", () => {
    expect(read({ _class_name: "X", _diffusers_version: "0.40.0", new_feature: null, other_feature: false })).toEqual(
      read({}),
    );
    expect(() => read({ new_feature: "on" })).toThrow('config.json: "new_feature": "on" is not supported');
    expect(() => read({ new_feature: 0 })).toThrow('"new_feature": 0 is not supported');
  });
});

describe("malformed values are refused by name", () => {
  it.each<[keyof typeof readers, JsonObject, RegExp]>([
    ["unet", { in_channels: "8" }, /"in_channels" to be a positive integer, got "8"/],
    ["unet", { in_channels: 0 }, /"in_channels" to be a positive integer, got 0/],
    ["unet", { cross_attention_dim: [768, 768, 768, 768] }, /"cross_attention_dim" to be a positive integer/],
    ["unet", { norm_eps: "small" }, /"norm_eps" to be a number, got "small"/],
    ["unet", { flip_sin_to_cos: 1 }, /"flip_sin_to_cos" to be true or false, got 1/],
    ["unet", { act_fn: "mish" }, /"act_fn" to be one of silu, .*, got "mish"/],
    ["unet", { block_out_channels: 320 }, /"block_out_channels" to be a list of positive integers, got 320/],
    ["unet", { attention_head_dim: [8, 8] }, /"attention_head_dim" to be 4 numbers, one for each block/],
    ["unet", { layers_per_block: [2, 2, 2, 0] }, /"layers_per_block" to be positive integers/],
    [
      "unet",
      { transformer_layers_per_block: [[1], [1], [1], [1]] },
      /"transformer_layers_per_block" to be positive integers/,
    ],
    ["unet", { down_block_types: "DownBlock2D" }, /"down_block_types" to be a list of names/],
    [
      "unet",
      { down_block_types: ["ResnetDownsampleBlock2D"] },
      /"down_block_types" to be made of CrossAttnDownBlock2D, DownBlock2D/,
    ],
    ["unet", { block_out_channels: [320, 640] }, /expected 2 down and up blocks, got 4 and 4/],
    ["unet", { norm_num_groups: 48 }, /block width 320 is not divisible by 48 groups/],
    ["unet", { attention_head_dim: 7 }, /block width 320 is not divisible by 32 groups and 7 heads/],
    ["unet", { downsample_padding: 0.5 }, /"downsample_padding" to be an integer from 0 up, got 0.5/],
    ["unet", { norm_num_groups: null }, /"norm_num_groups" to be a value, got null/],
    ["unet", { mid_block_type: null }, /"mid_block_type" to be "UNetMidBlock2DCrossAttn" .*, got null/],
    ["vae", { block_out_channels: [64, 64] }, /expected 2 down and up blocks, got 1 and 1/],
    ["vae", { norm_num_groups: 48 }, /block width 64 is not divisible by 48 groups/],
    ["text", { pruned_heads: { 0: [1] } }, /"pruned_heads" to be \{\}/],
    ["text", { use_attention_mask: true }, /"use_attention_mask" to be false/],
  ])("%s %j", (kind, json, message) => {
    expect(() => readers[kind](json, "config.json")).toThrow(CheckpointError);
    expect(() => readers[kind](json, "config.json")).toThrow(message);
  });

  it("but what is absent, or null where that is the default, takes the default", () => {
    expect(unetConfig({ time_embedding_dim: null, num_attention_heads: null })).toEqual(unetConfig({}));
    expect(clipTextConfig({ use_attention_mask: null })).toEqual(clipTextConfig({}));
    expect(unetConfig({ layers_per_block: 3 }).layersPerBlock).toEqual([3, 3, 3, 3]);
  });
});

describe("files that people have are read", () => {
  const generation: Readonly<Record<string, Json>> = {
    ...{
      add_cross_attention: false,
      bad_words_ids: null,
      chunk_size_feed_forward: 0,
      cross_attention_hidden_size: null,
    },
    ...{
      decoder_start_token_id: null,
      diversity_penalty: 0.0,
      do_sample: false,
      early_stopping: false,
      eos_token_id: null,
    },
    ...{
      encoder_no_repeat_ngram_size: 0,
      finetuning_task: null,
      forced_bos_token_id: null,
      id2label: { 0: "LABEL_0" },
    },
    ...{
      is_decoder: false,
      length_penalty: 1.0,
      max_length: 20,
      min_length: 0,
      no_repeat_ngram_size: 0,
      num_beam_groups: 1,
    },
    ...{
      num_beams: 1,
      num_return_sequences: 1,
      output_scores: false,
      prefix: null,
      pruned_heads: {},
      temperature: 1.0,
    },
    ...{
      remove_invalid_values: false,
      repetition_penalty: 1.0,
      return_dict: true,
      tie_encoder_decoder: false,
      top_k: 50,
    },
    ...{ tie_word_embeddings: true, tokenizer_class: null, top_p: 1.0, torch_dtype: null, torchscript: false },
    ...{
      typical_p: 1.0,
      use_bfloat16: false,
      return_dict_in_generate: false,
      sep_token_id: null,
      task_specific_params: null,
    },
  };

  it("with every setting of text generation, as transformers 4 wrote them", () => {
    const vision = {
      hidden_size: 1024,
      intermediate_size: 4096,
      num_hidden_layers: 24,
      num_attention_heads: 16,
      patch_size: 14,
    };
    expect(clipVisionConfig({ ...generation, ...vision, projection_dim: 768 })).toEqual({
      hiddenSize: 1024,
      intermediateSize: 4096,
      layers: 24,
      heads: 16,
      activation: "quick_gelu",
      layerNormEps: 1e-5,
      imageSize: 224,
      patchSize: 14,
      projectionDim: 768,
    });
  });
});
