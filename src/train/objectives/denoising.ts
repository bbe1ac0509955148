/** Training of a denoising UNet (paper, equation 2; Ho et al. 2020, algorithm 1): text to image, and edits. */

import { input, type Tensor } from "../../graph/tensor.ts";
import { unet } from "../../models/unet.ts";
import type { UNetConfig } from "../../models/unet-config.ts";
import { type NdArray, ndarray } from "../../ndarray.ts";
import type { Params } from "../../nn/params.ts";
import type { Random } from "../../random.ts";
import type { Arrays } from "../../runtime/runtime.ts";
import { keptConditions } from "../conditioning-dropout.ts";
import { lossWeight, type Prediction } from "../loss-weight.ts";
import type { LossBuilder } from "../step-graph.ts";

/** Sizes of a micro-batch: examples, and the latents' height and width. */
export interface DenoisingShape {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  /** See `UNetInputs.recomputed`. */
  readonly recomputed?: boolean;
  /** Whether positions count differently: the input `importance` [B, 1, H, W] then says how much. Default false. */
  readonly importance?: boolean;
}

/**
 * The weighted squared error of the UNet's prediction: a mean over each example's numbers, then over the examples.
 *
 * Its inputs are those of `denoisingFeeds`; the UNet's parameters are under `unet`.
 *
 * @param text the conditioning [B, L, D]: an input, or the text encoder's output when it is part of the graph
 */
export function denoisingLoss(config: UNetConfig, shape: DenoisingShape, text: (p: Params) => Tensor): LossBuilder {
  const { batch, height, width, recomputed, importance = false } = shape;
  return (p) => {
    const sample = input("sample", [batch, config.inChannels, height, width]);
    const timestep = input("timestep", [batch]);
    const prediction = unet(p.at("unet"), config, { sample, timestep, text: text(p), recomputed });
    const difference = prediction.sub(input("target", prediction.shape));
    const squares = difference.mul(difference);
    const counted = importance ? squares.mul(input("importance", [batch, 1, height, width])) : squares;
    const errors = counted.mean([1, 2, 3]);
    return { loss: errors.mul(input("weight", [batch])).mean(), metrics: { mse: squares.mean() } };
  };
}

/** One example in latent space. */
export interface LatentExample {
  /** The picture to be denoised: a sample of the autoencoder's posterior times the scaling factor, [C, H, W]. */
  readonly target: Float32Array;
  /** For edits: the mode of the input picture's posterior, not scaled, [C, H, W]. */
  readonly image?: Float32Array;
  /** How much the edit changes each position, from 0 to 1: [H, W]; see `changeOf`. */
  readonly change?: Float32Array;
}

/** Root mean square of a change, in standard deviations of a latent, that counts as half a change. */
const HALF_CHANGE = 0.2;

/**
 * How much an edit changes each position, from 0 to 1: [C, H, W] before and after, scaled to deviation 1 → [H, W].
 * With d² the mean square of the difference over channels, it is d² / (d² + 0.2²).
 */
export function changeOf(before: Float32Array, after: Float32Array, channels: number): Float32Array {
  const area = before.length / channels;
  return Float32Array.from({ length: area }, (_, at) => {
    let squares = 0;
    for (let j = at; j < before.length; j += area) squares += (after[j] - before[j]) ** 2;
    const d2 = squares / channels;
    return d2 / (d2 + HALF_CHANGE ** 2);
  });
}

export interface DenoisingOptions {
  /** [C, H, W] of the latents. */
  readonly shape: readonly [number, number, number];
  /** ᾱ by timestep. */
  readonly alphaBar: Float32Array;
  /** Default `epsilon`. */
  readonly prediction?: Prediction;
  /** γ of min-SNR weighting. Absent: every noise level counts alike, as in the paper. */
  readonly minSnr?: number;
  /**
   * How much more a position counts where the edit changes the picture; each example counts as much as before. Default 0:
   * all positions alike, as in the paper. Most edits leave most of a picture as it is, and copying is learnt soon.
   */
  readonly emphasis?: number;
  /**
   * Share of the examples, to 1, whose timestep is the later of two draws, or from −1, the earlier. Default 0: all
   * timesteps alike, as in the paper.
   */
  readonly late?: number;
  /** Probability q of each of the three ways of dropping conditions; for text to image, of dropping the text. Default 0.05. */
  readonly dropout?: number;
}

/** Feeds of `denoisingLoss`, and which examples' texts were dropped. */
export interface DenoisingFeeds {
  readonly feeds: Arrays;
  readonly keptText: readonly boolean[];
}

/**
 * Noises examples: a timestep in 0 … T − 1 and noise N(0, 1) for each, √ᾱ x₀ + √(1−ᾱ) ε, joined with the image
 * latents, which become zeros where the image is dropped.
 */
export function denoisingFeeds(
  examples: readonly LatentExample[],
  random: Random,
  options: DenoisingOptions,
): DenoisingFeeds {
  const { shape, alphaBar, prediction = "epsilon", minSnr, emphasis = 0, late = 0, dropout = 0.05 } = options;
  const [channels, height, width] = shape;
  const size = channels * height * width;
  const edits = examples[0].image !== undefined;
  const stride = edits ? 2 * size : size;
  const batch = examples.length;
  const [sample, target] = [new Float32Array(batch * stride), new Float32Array(batch * size)];
  const [timestep, weight] = [new Float32Array(batch), new Float32Array(batch)];
  const importance = emphasis === 0 ? undefined : new Float32Array(batch * height * width);
  const keptText: boolean[] = [];
  for (const [i, example] of examples.entries()) {
    const t = drawnTimestep(random, alphaBar.length, late);
    const noise = random.normal(size);
    const u = random.uniform();
    const kept = edits ? keptConditions(u, dropout) : { text: u >= dropout, image: false };
    const [signal, spread] = [Math.sqrt(alphaBar[t]), Math.sqrt(1 - alphaBar[t])];
    for (let j = 0; j < size; j++) {
      const [x0, eps] = [example.target[j], noise[j]];
      sample[i * stride + j] = signal * x0 + spread * eps;
      target[i * size + j] = prediction === "epsilon" ? eps : signal * eps - spread * x0;
    }
    if (example.image && kept.image) sample.set(example.image, i * stride + size);
    importance?.set(importanceOf(example, emphasis, height * width), i * height * width);
    timestep[i] = t;
    weight[i] = lossWeight(alphaBar[t], prediction, minSnr);
    keptText.push(kept.text);
  }
  const feeds: Record<string, NdArray> = {
    sample: ndarray(sample, [batch, edits ? 2 * channels : channels, height, width]),
    target: ndarray(target, [batch, channels, height, width]),
    timestep: ndarray(timestep, [batch]),
    weight: ndarray(weight, [batch]),
    ...(importance && { importance: ndarray(importance, [batch, 1, height, width]) }),
  };
  return { feeds, keptText };
}

/** Uniform, or with probability |`late`| the later of two, the earlier where it is negative. */
function drawnTimestep(random: Random, timesteps: number, late: number): number {
  const draw = () => random.integer(timesteps);
  if (late === 0 || random.uniform() >= Math.abs(late)) return draw();
  return (late > 0 ? Math.max : Math.min)(draw(), draw());
}

/** How much each position counts, in the mean 1. */
function importanceOf({ change }: LatentExample, emphasis: number, area: number): Float32Array {
  if (change === undefined) return new Float32Array(area).fill(1);
  const raised = change.map((part) => 1 + emphasis * part);
  const mean = raised.reduce((sum, value) => sum + value, 0) / area;
  return raised.map((value) => value / mean);
}
