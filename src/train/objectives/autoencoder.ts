/** Training of the autoencoder (Rombach et al. 2022, section 3.1): reconstruction, sharpness, and a little of the KL divergence. */

import { input, type Tensor } from "../../graph/tensor.ts";
import { decode, encode } from "../../models/vae.ts";
import type { VaeConfig } from "../../models/vae-config.ts";
import type { LossBuilder } from "../step-graph.ts";

export interface AutoencoderOptions {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  /** Weight of the divergence from N(0, 1), a mean over latent numbers. Default 1e-3. */
  readonly kl?: number;
  /** Weight of the mean squared error, which is what a PSNR measures. Default 4. */
  readonly squares?: number;
  /** Whether pixels, and the edges there, count differently: the input `importance` [B, 1, H, W] then says how much. Default false. */
  readonly importance?: boolean;
  /** Weight of the difference of image gradients, which is what keeps edges sharp. Default 0.25. */
  readonly edges?: number;
}

/**
 * The loss of `image` [B, 3, H, W] in [−1, 1], whose latents are drawn with `noise` [B, 4, H/f, W/f]:
 *
 *     mean |x̂ − x| + squares · mean (x̂ − x)² + edges · Σ over two scales of mean |∇x̂ − ∇x|
 *     + kl · KL(q(z|x) ‖ N(0, 1))
 *
 * `mse` beside it is of the picture, in [−1, 1]: a PSNR is 10 log₁₀(4 / mse).
 */
export function autoencoderLoss(config: VaeConfig, options: AutoencoderOptions): LossBuilder {
  const { batch, height, width, kl = 1e-3, squares = 4, edges = 0.25, importance = false } = options;
  return (p) => {
    const image = input("image", [batch, config.inChannels, height, width]);
    const { mean, logVariance } = encode(p.at("vae"), config, image);
    const noise = input("noise", mean.shape);
    const latents = mean.add(logVariance.mul(0.5).exp().mul(noise));
    const difference = decode(p.at("vae"), config, latents).sub(image);
    const mse = difference.mul(difference).mean();
    const errors = difference.abs().add(difference.mul(difference).mul(squares));
    const counts = importance ? input("importance", [batch, 1, height, width]) : undefined;
    const reconstruction = (counts ? errors.mul(counts) : errors).mean();
    const divergence = mean.mul(mean).add(logVariance.exp()).sub(logVariance).sub(1).mul(0.5).mean();
    const sharp = edgeDifference(difference, counts).add(edgeDifference(halved(difference), counts && halved(counts)));
    return {
      loss: reconstruction.add(sharp.mul(edges)).add(divergence.mul(kl)),
      metrics: { mse, kl: divergence },
    };
  };
}

/** Mean |∇d| of [B, C, H, W], horizontally and vertically, counted as `counts` [B, 1, H, W] says. */
function edgeDifference(d: Tensor, counts?: Tensor): Tensor {
  const [, , height, width] = d.shape;
  const down = d
    .slice(2, 1, height)
    .sub(d.slice(2, 0, height - 1))
    .abs();
  const right = d
    .slice(3, 1, width)
    .sub(d.slice(3, 0, width - 1))
    .abs();
  if (counts === undefined) return down.mean().add(right.mean());
  const counted = [down.mul(counts.slice(2, 1, height)), right.mul(counts.slice(3, 1, width))];
  return counted[0].mean().add(counted[1].mean());
}

/** Means of 2×2 pixels. */
function halved(d: Tensor): Tensor {
  const [batch, channels, height, width] = d.shape;
  return d.reshape([batch, channels, height / 2, 2, width / 2, 2]).mean([3, 5]);
}
