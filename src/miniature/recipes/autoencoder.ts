/** The miniature's autoencoder: what `vae/config.json` says, and its training on rendered scenes. */

import { UsageError } from "../../errors.ts";
import { crop, cropPlane } from "../../image/crop.ts";
import type { Image } from "../../image/image.ts";
import { vaeConfig } from "../../models/vae-config.ts";
import { elements, stacked } from "../../ndarray.ts";
import { type Random, torchCpuRandom } from "../../random.ts";
import { initialValues } from "../../train/initialize.ts";
import { autoencoderLoss } from "../../train/objectives/autoencoder.ts";
import type { Task } from "../../train/trainer.ts";
import { objectsMask, renderScene, SCENE_SIZE } from "../render.ts";
import { sampleScene } from "../scene.ts";
import { pixels, trainingSeeds } from "./scenes.ts";

/** Pixels per latent, along each side. */
export const DOWNSAMPLING = 8;
export const LATENT_SIZE = SCENE_SIZE / DOWNSAMPLING;

/** `vae/config.json`. The latents of the trained autoencoder deviate by 1.33, which the scaling factor makes 1. */
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
  scaling_factor: 0.75,
};

/** How much a pixel of an object counts beside one of the world around: objects are few, small and never the same. */
const OBJECT_IMPORTANCE = 6;

/**
 * Log-variance of latents before training. From 0, where the noise drowns what the encoder says, a thousand steps pass
 * before colours come through; from here they do at once (docs/log.md).
 */
const FIRST_LOG_VARIANCE = -6;

/**
 * Side of the squares that are trained on. They cost a quarter of a scene, and a scene is mostly sky and ground, which are
 * learnt soon; of the squares most have an object near their middle.
 */
const CROP = 64;
const CROPS_PER_SCENE = 2;
/** Of the squares, those that are anywhere. */
const ANYWHERE = 0.25;

/** Reconstruction of squares of a training's scenes with one to four objects, two of each. @throws UsageError for an odd batch */
export function autoencoderTask(seed = 0): Task {
  const seedOf = trainingSeeds(seed);
  const config = vaeConfig(AUTOENCODER_JSON);
  return {
    loss(batch) {
      if (batch % CROPS_PER_SCENE !== 0)
        throw new UsageError(
          `the autoencoder learns from two squares of each scene: expected an even batch, got ${batch}`,
        );
      return autoencoderLoss(config, { batch, height: CROP, width: CROP, kl: 3e-4, importance: true });
    },
    feeds: (index, batch) => {
      const scenes = batch / CROPS_PER_SCENE;
      const randoms = Array.from({ length: scenes }, (_, i) => torchCpuRandom(seedOf(index * scenes + i)));
      const crops = randoms.flatMap(drawCrops);
      const shape = [batch, config.latentChannels, CROP / DOWNSAMPLING, CROP / DOWNSAMPLING];
      return {
        image: pixels(crops.map(({ image }) => image)),
        importance: stacked(
          crops.map(({ importance }) => importance),
          [batch, 1, CROP, CROP],
        ),
        noise: stacked(
          randoms.map((random) => random.normal(elements(shape) / scenes)),
          shape,
        ),
      };
    },
    initial: (path, shapes, random) => {
      const zero = (name: string) => name.endsWith("conv2.weight");
      const values = initialValues(path, shapes, random, { gain: Math.sqrt(3), zero });
      return path === "vae.quant_conv.bias" ? values.fill(FIRST_LOG_VARIANCE, config.latentChannels) : values;
    },
  };
}

interface Crop {
  readonly image: Image;
  /** How much each pixel counts. */
  readonly importance: Float32Array;
}

/** Squares of one scene. */
function drawCrops(random: Random): Crop[] {
  const scene = sampleScene(random, { objects: 1 + random.integer(4) });
  const mask = objectsMask(scene);
  const importance = Float32Array.from(mask, (inside) => (inside === 0 ? 1 : OBJECT_IMPORTANCE));
  const image = renderScene(scene);
  const inside = [...mask.keys()].filter((at) => mask[at] !== 0);
  return Array.from({ length: CROPS_PER_SCENE }, () => {
    const middle = random.uniform() < ANYWHERE ? undefined : inside[random.integer(inside.length)];
    const [left, top] =
      middle === undefined
        ? [random.integer(SCENE_SIZE - CROP + 1), random.integer(SCENE_SIZE - CROP + 1)]
        : [middle % SCENE_SIZE, Math.floor(middle / SCENE_SIZE)].map((at) => within(at - CROP / 2));
    const square = { left, top, width: CROP, height: CROP };
    return { image: crop(image, square), importance: cropPlane(importance, SCENE_SIZE, square) };
  });
}

function within(start: number): number {
  return Math.min(SCENE_SIZE - CROP, Math.max(0, start));
}
