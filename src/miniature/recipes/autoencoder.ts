/** The miniature's autoencoder: what `vae/config.json` says, and its training on rendered scenes. */

import { vaeConfig } from "../../models/vae-config.ts";
import { type NdArray, ndarray } from "../../ndarray.ts";
import { torchCpuRandom } from "../../random.ts";
import { initialValues } from "../../train/initialize.ts";
import { autoencoderLoss } from "../../train/objectives/autoencoder.ts";
import type { Task } from "../../train/trainer.ts";
import { objectsMask, renderScene, SCENE_SIZE } from "../render.ts";
import { type Scene, sampleScene } from "../scene.ts";
import { pixels, trainingSeed } from "./scenes.ts";

/** Pixels per latent, along each side. */
export const DOWNSAMPLING = 8;
export const LATENT_SIZE = SCENE_SIZE / DOWNSAMPLING;

/** `vae/config.json`, but for the scaling factor, which is measured after training. */
export const AUTOENCODER_JSON = {
  _class_name: "AutoencoderKL",
  act_fn: "silu",
  block_out_channels: [16, 24, 48, 96],
  down_block_types: Array.from({ length: 4 }, () => "DownEncoderBlock2D"),
  up_block_types: Array.from({ length: 4 }, () => "UpDecoderBlock2D"),
  in_channels: 3,
  out_channels: 3,
  latent_channels: 4,
  layers_per_block: 1,
  norm_num_groups: 8,
  sample_size: SCENE_SIZE,
};

/** How much a pixel of an object counts beside one of the world around: objects are few, small and never the same. */
const OBJECT_IMPORTANCE = 6;

/**
 * Log-variance of latents before training. From 0, where the noise drowns what the encoder says, a thousand steps pass
 * before colours come through; from here they do at once (docs/log.md).
 */
const FIRST_LOG_VARIANCE = -6;

/** Reconstruction of training scenes with one to four objects. */
export function autoencoderTask(): Task {
  const config = vaeConfig(AUTOENCODER_JSON);
  return {
    loss: (batch) =>
      autoencoderLoss(config, { batch, height: SCENE_SIZE, width: SCENE_SIZE, kl: 3e-4, importance: true }),
    feeds: (index, batch) => {
      const randoms = Array.from({ length: batch }, (_, i) => torchCpuRandom(trainingSeed(index * batch + i)));
      const scenes = randoms.map((random) => sampleScene(random, { objects: 1 + random.integer(4) }));
      const size = config.latentChannels * LATENT_SIZE * LATENT_SIZE;
      const noise = new Float32Array(batch * size);
      for (const [i, random] of randoms.entries()) noise.set(random.normal(size), i * size);
      return {
        image: pixels(scenes.map(renderScene)),
        importance: importance(scenes),
        noise: ndarray(noise, [batch, config.latentChannels, LATENT_SIZE, LATENT_SIZE]),
      };
    },
    initial: (path, shapes, random) => {
      const zero = (name: string) => name.endsWith("conv2.weight");
      const values = initialValues(path, shapes, random, { gain: Math.sqrt(3), zero });
      return path === "vae.quant_conv.bias" ? values.fill(FIRST_LOG_VARIANCE, config.latentChannels) : values;
    },
  };
}

/** [B, 1, H, W] */
function importance(scenes: readonly Scene[]): NdArray<Float32Array> {
  const data = new Float32Array(scenes.length * SCENE_SIZE * SCENE_SIZE);
  for (const [i, scene] of scenes.entries()) {
    data.set(
      objectsMask(scene).map((inside) => (inside ? OBJECT_IMPORTANCE : 1)),
      i * SCENE_SIZE * SCENE_SIZE,
    );
  }
  return ndarray(data, [scenes.length, 1, SCENE_SIZE, SCENE_SIZE]);
}
