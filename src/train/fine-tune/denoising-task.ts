/** Training a UNet on pictures and words (paper, section 3.2): from examples to what the loss is fed with. */

import type { EditExample } from "../../data/dataset.ts";
import { UsageError } from "../../errors.ts";
import type { UNetConfig } from "../../models/unet-config.ts";
import type { Params } from "../../nn/params.ts";
import { philox4x32 } from "../../random/philox.ts";
import { type Random, torchCpuRandom } from "../../random.ts";
import { type Encoder, sampledLatents } from "../latents.ts";
import {
  changeOf,
  type DenoisingOptions,
  denoisingFeeds,
  denoisingLoss,
  type LatentExample,
} from "../objectives/denoising.ts";
import type { Task } from "../trainer.ts";
import type { Conditioning } from "./conditioning.ts";

export interface DenoisingTaskOptions extends Omit<DenoisingOptions, "shape"> {
  readonly unet: Pick<Task, "initial" | "frozen"> & {
    readonly config: UNetConfig;
    /** The scope with the network's scope `unet`, given one of what is trained and what is not. */
    scope(p: Params): Params;
  };
  readonly encoder: Pick<Encoder, "picture">;
  readonly conditioning: Conditioning;
  /** The autoencoder's factor for what is denoised. */
  readonly scalingFactor: number;
  /** The micro-batches, by number. */
  readonly examples: { at(index: number): Promise<readonly EditExample[]> };
  /** Height and width of the pictures in latents. */
  readonly size: number;
  /** Decides noise, timesteps and dropped conditions. An integer in 0 … 2^53 − 1. */
  readonly seed: number;
  /** See `UNetInputs.recomputed`. */
  readonly recomputed?: boolean;
}

/**
 * With 8 input channels, edits: the edited picture is denoised beside the input picture, led by the instruction. With 4,
 * text to image: the edited picture, led by its caption.
 */
export function denoisingTask(options: DenoisingTaskOptions): Task {
  const { unet, conditioning, examples, size, recomputed, emphasis = 0 } = options;
  const { config, initial, frozen } = unet;
  const edits = config.inChannels > config.outChannels;
  return {
    loss: (batch) => {
      const shape = { batch, height: size, width: size, recomputed, importance: emphasis > 0 };
      const loss = denoisingLoss(config, shape, (p) => conditioning.tensor(p, batch));
      return (p) => loss(unet.scope(p));
    },
    async feeds(index) {
      const random = microBatchRandom(options.seed, index);
      const drawn = await examples.at(index);
      const latents: LatentExample[] = [];
      for (const example of drawn) latents.push(await latentsOf(example, edits, options, random));
      const shape = [config.outChannels, size, size] as const;
      const { feeds, keptText } = denoisingFeeds(latents, random, { ...options, shape });
      const words = drawn.map((example, i) => (keptText[i] ? wordsOf(example, edits) : ""));
      return { ...feeds, ...(await conditioning.feeds(words)) };
    },
    initial,
    frozen,
  };
}

async function latentsOf(
  { input: before, edited }: EditExample,
  edits: boolean,
  { encoder, scalingFactor, unet, emphasis = 0 }: DenoisingTaskOptions,
  random: Random,
): Promise<LatentExample> {
  const posterior = await encoder.picture(edited);
  const target = sampledLatents(posterior, random, scalingFactor);
  if (!edits) return { target };
  const image = (await encoder.picture(before)).mean;
  if (emphasis === 0) return { target, image };
  const scaled = (latents: Float32Array) => latents.map((value) => value * scalingFactor);
  return { target, image, change: changeOf(scaled(image), scaled(posterior.mean), unet.config.outChannels) };
}

/** The words that lead to the edited picture. @throws UsageError for a caption that is not there. */
export function wordsOf({ instruction, captions, id }: EditExample, edits: boolean): string {
  if (edits) return instruction;
  if (captions !== undefined) return captions.output;
  throw new UsageError(`${id} has no caption: training for text-to-image expects captions of the edited pictures`);
}

/** The use of these numbers, besides the order of a data set (0) and its examples (1). */
const NOISE = 2;

/** The stream of one micro-batch, a function of its arguments: neighbours are unrelated. */
export function microBatchRandom(seed: number, index: number): Random {
  const words = (value: number) => [value % 2 ** 32, Math.floor(value / 2 ** 32)] as const;
  return torchCpuRandom(philox4x32([...words(index), NOISE, 0], words(seed))[0]);
}
