/** The graphs that pictures are made with, each for one image size: text encoder, image encoder, denoiser, image decoder. */

import type { Branch } from "../diffusion/guidance.ts";
import type { Graph } from "../graph/graph.ts";
import { concat, full, input } from "../graph/tensor.ts";
import type { ClipTextConfig } from "../models/clip-config.ts";
import { clipText } from "../models/clip-text.ts";
import { unet } from "../models/unet.ts";
import type { UNetConfig } from "../models/unet-config.ts";
import { decode, encode } from "../models/vae.ts";
import { type VaeConfig, vaeScaleFactor } from "../models/vae-config.ts";
import { type ParameterStore, Params } from "../nn/params.ts";

/** A network: what its configuration says, and where its parameters are. */
export interface Network<Config> {
  readonly config: Config;
  readonly store: ParameterStore;
}

export interface EditNetworks {
  readonly textEncoder: Network<ClipTextConfig>;
  readonly vae: Network<VaeConfig>;
  readonly unet: Network<UNetConfig>;
}

/** Height and width of a picture in latents. */
export interface LatentSize {
  readonly height: number;
  readonly width: number;
}

/** `ids` int32 [texts, length] → `text` [texts, length, width]. */
export function textGraph({ config, store }: Network<ClipTextConfig>, texts: number, length: number): Graph {
  return { outputs: { text: clipText(new Params(store), config, input("ids", [texts, length], "int32")) } };
}

/** `image` [1, 3, H, W] → `latents`, the posterior's mode, as the UNet wants them: not multiplied by the scaling factor. */
export function encodeGraph({ config, store }: Network<VaeConfig>, size: LatentSize): Graph {
  const f = vaeScaleFactor(config);
  const image = input("image", [1, config.inChannels, size.height * f, size.width * f]);
  return { outputs: { latents: encode(new Params(store), config, image).mean } };
}

/** `latents` [1, 4, h, w], as the sampler leaves them → `image` [1, 3, H, W]. */
export function decodeGraph({ config, store }: Network<VaeConfig>, size: LatentSize): Graph {
  const latents = input("latents", [1, config.latentChannels, size.height, size.width]);
  return { outputs: { image: decode(new Params(store), config, latents.div(config.scalingFactor)) } };
}

/**
 * `x` [1, 4, h, w] scaled noisy latents, `timestep` [1], `image` [1, 4, h, w] the input's latents, and `text` [B, L, D] for B
 * branches → `prediction` [B, 4, h, w]. Branches without the image see zeros in its place. A UNet for text to image has no
 * `image`, and its branches none either.
 */
export function denoiseGraph(
  { config, store }: Network<UNetConfig>,
  branches: readonly Branch[],
  size: LatentSize,
  textLength: number,
): Graph {
  const shape = [1, config.outChannels, size.height, size.width];
  const x = input("x", shape);
  const image =
    readsImage(config) && input("image", [1, config.inChannels - config.outChannels, size.height, size.width]);
  const text = input("text", [branches.length, textLength, config.crossAttentionDim]);
  const seen = [...new Set(branches.map((branch) => branch.image))];
  const samples = seen.map((withImage) => (image ? concat([x, withImage ? image : full(image.shape, 0)], 1) : x));
  const prediction = unet(new Params(store), config, {
    sample: concat(samples, 0),
    timestep: input("timestep", [1]),
    text,
    rows: branches.map((branch) => seen.indexOf(branch.image)),
  });
  return { outputs: { prediction } };
}

/** Whether a UNet edits: whether it reads a picture's latents beside the noisy ones. */
export function readsImage({ inChannels, outChannels }: UNetConfig): boolean {
  return inChannels > outChannels;
}
