/** Making a picture from its caption (Rombach et al. 2022): what a model of edits begins as, and what makes its data. */

import { denoiser } from "../diffusion/denoiser.ts";
import { branches, guide } from "../diffusion/guidance.ts";
import { createSampler } from "../diffusion/samplers.ts";
import { UsageError } from "../errors.ts";
import type { Image } from "../image/image.ts";
import { vaeScaleFactor } from "../models/vae-config.ts";
import { elements, ndarray } from "../ndarray.ts";
import { drawSeed } from "../random/drawn-seed.ts";
import { torchCpuRandom, torchCudaRandom } from "../random.ts";
import { openDenoiser } from "./branches.ts";
import { decodeLatents } from "./decode.ts";
import type { EditParts } from "./edit.ts";
import type { EditOptions } from "./edit-options.ts";
import { encodeTexts } from "./encode-texts.ts";
import { expectFinite } from "./expect-finite.ts";

export interface TextToImageOptions
  extends Pick<EditOptions, "steps" | "seed" | "generator" | "sampler" | "negative" | "signal"> {
  /** Pixels, a multiple of the autoencoder's factor: 8 for Stable Diffusion. */
  readonly width: number;
  readonly height: number;
  /** The scale of classifier-free guidance (Ho & Salimans 2022). Finite; 1 is none. Default: the model's own, usually 7.5. */
  readonly guidance?: number;
}

/** A loaded text-to-image model. Holds programs and an engine: call `dispose()` when done. One picture at a time. */
export class TextToImagePipeline implements AsyncDisposable {
  readonly #parts: EditParts;
  readonly #notes: string[];

  /** @param parts with a UNet that reads no picture */
  constructor(parts: EditParts) {
    this.#parts = parts;
    this.#notes = [...parts.notes];
  }

  /** The device that computes. */
  get device(): string {
    return this.#parts.programs.runtime.device;
  }

  /** What a user should know: the chosen variant, devices that could not be used, captions that were cut. */
  get notes(): readonly string[] {
    return this.#notes;
  }

  /**
   * The picture of a caption.
   *
   * @throws UsageError for options that cannot be; CheckpointError when the model gives no numbers.
   */
  async generate(caption: string, options: TextToImageOptions): Promise<Image> {
    const { networks, scheduler, interpolation, defaults } = this.#parts;
    const { steps = defaults.steps, guidance = defaults.textGuidance, seed = drawSeed(), signal } = options;
    const size = this.#latentSize(options);
    // The text alone leads: as if every branch saw the same picture.
    const scales = { textGuidance: guidance, imageGuidance: 1 };
    const sampler = createSampler(options.sampler, scheduler, { steps, interpolation });
    const random = options.generator === "cuda" ? torchCudaRandom(seed) : torchCpuRandom(seed);
    const { text, notes } = await encodeTexts(this.#parts, [caption, options.negative ?? ""], signal);
    this.#notes.push(...notes);
    const model = await openDenoiser(this.#parts, { size, branches: branches(scales), text, signal });
    const shape = [1, networks.unet.config.outChannels, size.height, size.width];
    let latents = random.normal(elements(shape));
    try {
      const denoise = denoiser(guide(model.evaluate, scales), sampler.prediction);
      for await (const { x, step } of sampler.sample(denoise, latents, { random })) {
        expectFinite(x, step);
        signal?.throwIfAborted();
        latents = x;
      }
    } finally {
      await model.release();
    }
    return await decodeLatents(this.#parts, ndarray(latents, shape), size, signal);
  }

  /** Releases every program and the engine. */
  async dispose(): Promise<void> {
    const { programs } = this.#parts;
    await programs.dispose();
    await programs.runtime.dispose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  #latentSize({ width, height }: TextToImageOptions) {
    const f = vaeScaleFactor(this.#parts.networks.vae.config);
    if ([width, height].every((side) => Number.isInteger(side) && side > 0 && side % f === 0)) {
      return { width: width / f, height: height / f };
    }
    throw new UsageError(`expected a width and a height that are multiples of ${f}, got ${width} × ${height}`);
  }
}
