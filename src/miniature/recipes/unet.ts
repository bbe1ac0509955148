/** The miniature's UNets and noise schedule: `unet/config.json` and `scheduler/scheduler_config.json`. */

import { alphaBars } from "../../diffusion/noise-table.ts";
import { input } from "../../graph/tensor.ts";
import { unetConfig } from "../../models/unet-config.ts";
import { type NdArray, ndarray } from "../../ndarray.ts";
import type { Random } from "../../random.ts";
import type { Arrays } from "../../runtime/runtime.ts";
import { initialValues, isLastOfBlock } from "../../train/initialize.ts";
import { denoisingFeeds, denoisingLoss, type LatentExample } from "../../train/objectives/denoising.ts";
import type { Task } from "../../train/trainer.ts";
import { TEXT_LENGTH } from "../tokenizer.ts";
import { LATENT_SIZE } from "./autoencoder.ts";

const LATENT_CHANNELS = 4;

/** Width of the text encoder's output. */
export const TEXT_WIDTH = 128;

/** `unet/config.json`: 4 input channels for text to image, 8 for edits. Attention where a position is 16 pixels or more. */
export function unetJson(inChannels: 4 | 8) {
  return {
    _class_name: "UNet2DConditionModel",
    sample_size: LATENT_SIZE,
    in_channels: inChannels,
    out_channels: LATENT_CHANNELS,
    block_out_channels: [64, 128, 192],
    down_block_types: ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
    up_block_types: ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
    layers_per_block: 1,
    attention_head_dim: 4,
    cross_attention_dim: TEXT_WIDTH,
    norm_num_groups: 16,
  };
}

/** Training's noise, as Stable Diffusion's. The network predicts v, which at this size learns faster than ε. */
export const SCHEDULER_JSON = {
  _class_name: "DDIMScheduler",
  num_train_timesteps: 1000,
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: "scaled_linear",
  trained_betas: null,
  clip_sample: false,
  set_alpha_to_one: false,
  steps_offset: 1,
  prediction_type: "v_prediction",
  timestep_spacing: "trailing",
} as const;

/** An example whose text is embedded: `text` [L, D]. */
export interface EmbeddedExample extends LatentExample {
  readonly text: Float32Array;
}

/** What examples are drawn from: the `index`-th micro-batch, and the embedding [L, D] of the empty text. */
export interface EmbeddedExamples {
  batch(index: number, batch: number, random: Random): Promise<readonly EmbeddedExample[]> | readonly EmbeddedExample[];
  readonly nothing: Float32Array;
  /** The stream of noise, timesteps and dropout of a micro-batch. */
  random(index: number): Random;
}

/** Diffusion in the autoencoder's latents: edits when `inChannels` is 8, text to image when it is 4. */
export function diffusionTask(inChannels: 4 | 8, examples: EmbeddedExamples): Task {
  const config = unetConfig(unetJson(inChannels));
  const alphaBar = alphaBars({ ...SCHEDULER_JSON, rescale_betas_zero_snr: false });
  return {
    loss: (batch) =>
      denoisingLoss(config, { batch, height: LATENT_SIZE, width: LATENT_SIZE }, () =>
        input("text", [batch, TEXT_LENGTH, TEXT_WIDTH]),
      ),
    feeds: async (index, batch): Promise<Arrays> => {
      const random = examples.random(index);
      const drawn = await examples.batch(index, batch, random);
      const { feeds, keptText } = denoisingFeeds(drawn, random, {
        shape: [LATENT_CHANNELS, LATENT_SIZE, LATENT_SIZE],
        alphaBar,
        prediction: "v_prediction",
        minSnr: 5,
      });
      const texts = drawn.map(({ text }, i) => (keptText[i] ? text : examples.nothing));
      return { ...feeds, text: stacked(texts, [TEXT_LENGTH, TEXT_WIDTH]) };
    },
    initial: (path, shapes, random) => initialValues(path, shapes, random, { zero: isLastOfBlock }),
  };
}

/** Arrays of one shape as a batch. */
export function stacked(rows: readonly Float32Array[], shape: readonly number[]): NdArray<Float32Array> {
  const data = new Float32Array(rows.length * rows[0].length);
  for (const [i, row] of rows.entries()) data.set(row, i * row.length);
  return ndarray(data, [rows.length, ...shape]);
}
