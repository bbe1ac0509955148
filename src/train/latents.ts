/** Pictures and words as a denoiser sees them: posteriors of the autoencoder, hidden states of the text encoder. */

import type { Graph } from "../graph/graph.ts";
import { input } from "../graph/tensor.ts";
import type { Image } from "../image/image.ts";
import { toTensor } from "../image/tensor.ts";
import { encode } from "../models/vae.ts";
import { type VaeConfig, vaeScaleFactor } from "../models/vae-config.ts";
import { ndarray } from "../ndarray.ts";
import { Params } from "../nn/params.ts";
import { type EditNetworks, type LatentSize, type Network, textGraph } from "../pipelines/edit-graphs.ts";
import type { Programs } from "../pipelines/programs.ts";
import type { Normal } from "../random.ts";
import type { ClipTokenizer } from "../text/clip-tokenizer.ts";

/** What the autoencoder makes of a picture: a normal distribution over latents, [C, h, w] each, not scaled. */
export interface Posterior {
  readonly mean: Float32Array;
  readonly logVariance: Float32Array;
}

/** Whatever encodes pictures and words. What it returns may be shared: it is not to be changed. */
export interface Encoder {
  picture(image: Image): Promise<Posterior>;
  /** The last hidden state, [L, D]. */
  text(words: string): Promise<Float32Array>;
}

export interface EncoderParts {
  readonly networks: Pick<EditNetworks, "vae" | "textEncoder">;
  readonly tokenizer: ClipTokenizer;
  readonly programs: Programs;
}

/**
 * An encoder that computes. Each picture and each text is encoded by itself, so that what comes out does not depend on
 * its neighbours in a batch.
 */
export function computingEncoder({ networks, tokenizer, programs }: EncoderParts): Encoder {
  return {
    async picture(image) {
      const f = vaeScaleFactor(networks.vae.config);
      const size = { height: image.height / f, width: image.width / f };
      const key = `vae posterior ${size.height}x${size.width}`;
      const feeds = { image: toTensor([image]) };
      const { mean, log_variance } = await programs.run(key, () => posteriorGraph(networks.vae, size), feeds);
      return { mean: Float32Array.from(mean.data), logVariance: Float32Array.from(log_variance.data) };
    },
    async text(words) {
      const feeds = { ids: ndarray(tokenizer.encode(words), [1, tokenizer.length]) };
      const build = () => textGraph(networks.textEncoder, 1, tokenizer.length);
      return Float32Array.from((await programs.run("text_encoder 1", build, feeds)).text.data);
    },
  };
}

/** `image` [1, 3, H, W] → `mean` and `log_variance`, [1, C, h, w] each. */
function posteriorGraph({ config, store }: Network<VaeConfig>, size: LatentSize): Graph {
  const f = vaeScaleFactor(config);
  const image = input("image", [1, config.inChannels, size.height * f, size.width * f]);
  const { mean, logVariance } = encode(new Params(store), config, image);
  return { outputs: { mean, log_variance: logVariance } };
}

/** A draw from the posterior times `scale`, the autoencoder's scaling factor: what a denoiser learns to restore. */
export function sampledLatents({ mean, logVariance }: Posterior, random: Normal, scale: number): Float32Array {
  const noise = random.normal(mean.length);
  return mean.map((value, i) => scale * (value + Math.exp(logVariance[i] / 2) * noise[i]));
}
