/** The configurations that a Stable Diffusion 1.x checkpoint in the original single-file layout goes without. */

import type { JsonObject } from "./json.ts";

/** UNet of Stable Diffusion 1.x: 859.5 M parameters at 8 input channels. */
export function unetConfig(inChannels: number): JsonObject {
  return {
    _class_name: "UNet2DConditionModel",
    act_fn: "silu",
    // diffusers' name for the number of heads
    attention_head_dim: 8,
    block_out_channels: [320, 640, 1280, 1280],
    center_input_sample: false,
    cross_attention_dim: 768,
    down_block_types: ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
    downsample_padding: 1,
    flip_sin_to_cos: true,
    freq_shift: 0,
    in_channels: inChannels,
    layers_per_block: 2,
    mid_block_scale_factor: 1,
    norm_eps: 1e-5,
    norm_num_groups: 32,
    out_channels: 4,
    sample_size: 64,
    up_block_types: ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"],
  };
}

/** The KL-f8 autoencoder. */
export const VAE_CONFIG: JsonObject = {
  _class_name: "AutoencoderKL",
  act_fn: "silu",
  block_out_channels: [128, 256, 512, 512],
  down_block_types: ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D"],
  in_channels: 3,
  latent_channels: 4,
  layers_per_block: 2,
  norm_num_groups: 32,
  out_channels: 3,
  sample_size: 512,
  scaling_factor: 0.18215,
  up_block_types: ["UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"],
};

/** The text half of CLIP ViT-L/14. */
export const TEXT_CONFIG: JsonObject = {
  architectures: ["CLIPTextModel"],
  bos_token_id: 49406,
  eos_token_id: 49407,
  hidden_act: "quick_gelu",
  hidden_size: 768,
  intermediate_size: 3072,
  layer_norm_eps: 1e-5,
  max_position_embeddings: 77,
  model_type: "clip_text_model",
  num_attention_heads: 12,
  num_hidden_layers: 12,
  pad_token_id: 1,
  projection_dim: 768,
  vocab_size: 49408,
};

export const SCHEDULER_CONFIG: JsonObject = {
  _class_name: "EulerAncestralDiscreteScheduler",
  beta_end: 0.012,
  beta_schedule: "scaled_linear",
  beta_start: 0.00085,
  clip_sample: false,
  num_train_timesteps: 1000,
  prediction_type: "epsilon",
  set_alpha_to_one: false,
  skip_prk_steps: true,
  steps_offset: 1,
  trained_betas: null,
};

/** `model_index.json` for a UNet with that many input channels. */
export function modelIndex(inChannels: number): JsonObject {
  return {
    _class_name: pipelineClass(inChannels),
    scheduler: ["diffusers", "EulerAncestralDiscreteScheduler"],
    text_encoder: ["transformers", "CLIPTextModel"],
    tokenizer: ["transformers", "CLIPTokenizer"],
    unet: ["diffusers", "UNet2DConditionModel"],
    vae: ["diffusers", "AutoencoderKL"],
  };
}

function pipelineClass(inChannels: number): string {
  if (inChannels === 8) return "StableDiffusionInstructPix2PixPipeline";
  return inChannels === 9 ? "StableDiffusionInpaintPipeline" : "StableDiffusionPipeline";
}
