/** Editing a picture by an instruction (Brooks et al. 2022): the pipeline, on any engine. */

import { denoiser } from "../diffusion/denoiser.ts";
import { branches, guide } from "../diffusion/guidance.ts";
import { createSampler } from "../diffusion/samplers.ts";
import type { Interpolation } from "../diffusion/schedule.ts";
import type { SchedulerFile } from "../diffusion/scheduler-config.ts";
import { UsageError } from "../errors.ts";
import { type Fitted, fitImage, restoreImage } from "../image/fit.ts";
import type { Image } from "../image/image.ts";
import { composite, type Mask } from "../image/mask.ts";
import { toTensor } from "../image/tensor.ts";
import { vaeScaleFactor } from "../models/vae-config.ts";
import { type NdArray, ndarray } from "../ndarray.ts";
import { drawSeed } from "../random/drawn-seed.ts";
import { torchCpuRandom, torchCudaRandom } from "../random.ts";
import type { ClipTokenizer } from "../text/clip-tokenizer.ts";
import { openDenoiser } from "./branches.ts";
import { decodeLatents } from "./decode.ts";
import type { EditDefaults } from "./edit-defaults.ts";
import { type EditNetworks, encodeGraph, type LatentSize } from "./edit-graphs.ts";
import type { EditOptions, EditStep } from "./edit-options.ts";
import { encodeTexts } from "./encode-texts.ts";
import { expectFinite } from "./expect-finite.ts";
import { keptPart } from "./kept-part.ts";
import { fitLatentColours } from "./latent-colours.ts";
import type { Programs } from "./programs.ts";

/** Everything an edit, or a picture from text, is made with. */
export interface EditParts {
  readonly networks: EditNetworks;
  readonly tokenizer: ClipTokenizer;
  readonly scheduler: SchedulerFile;
  /** How noise levels between training timesteps are found: `sigma` as diffusers, `log-sigma` as the reference. */
  readonly interpolation: Interpolation;
  /** For what an edit is not told. */
  readonly defaults: EditDefaults;
  readonly programs: Programs;
  /** `low`: branches one by one and the decoder in tiles, for less memory and more time. */
  readonly memory: "fast" | "low";
  /** What a user should know: the chosen variant, devices that could not be used. */
  readonly notes: readonly string[];
}

/** A loaded model. Holds programs and an engine: call `dispose()` when done. One edit at a time. */
export class EditPipeline implements AsyncDisposable {
  readonly #parts: EditParts;
  readonly #notes: string[];
  /** The latest conditions, since the next edit often has the same: another seed, other scales. */
  readonly #texts = latest<NdArray>();
  readonly #images = latest<NdArray<Float32Array>>();

  constructor(parts: EditParts) {
    this.#parts = parts;
    this.#notes = [...parts.notes];
  }

  /** The device that computes. */
  get device(): string {
    return this.#parts.programs.runtime.device;
  }

  /** What edits are made with where they are not told otherwise: the checkpoint's own choice. */
  get defaults(): EditDefaults {
    return this.#parts.defaults;
  }

  /** What a user should know: the chosen variant, devices that could not be used, instructions that were cut. */
  get notes(): readonly string[] {
    return this.#notes;
  }

  /**
   * Edits `image` as `instruction` says.
   *
   * @returns a picture of the input's size (but see `EditOptions.restore`).
   * @throws UsageError for options that cannot be; CheckpointError when the model gives no numbers.
   */
  async edit(image: Image, instruction: string, options: EditOptions = {}): Promise<Image> {
    for await (const state of this.steps(image, instruction, options)) {
      if (state.step === state.steps) return await state.decode();
    }
    throw new Error("internal: the sampler took no step");
  }

  /** The same, step by step. Breaking out of the loop cancels; the last step's `decode()` is the finished edit. */
  async *steps(image: Image, instruction: string, options: EditOptions = {}): AsyncGenerator<EditStep, void> {
    const { scheduler, interpolation, networks, defaults } = this.#parts;
    const { textGuidance = defaults.textGuidance, imageGuidance = defaults.imageGuidance, signal, mask } = options;
    const { steps = defaults.steps, resolution = defaults.resolution, restore } = options;
    const keepBelow = options.keepBelow ?? (restore === false ? 0 : defaults.keepBelow);
    const needed = branches({ textGuidance, imageGuidance });
    const sampler = createSampler(options.sampler, scheduler, { steps, interpolation });
    const seed = options.seed ?? drawSeed();
    const random = options.generator === "cuda" ? torchCudaRandom(seed) : torchCpuRandom(seed);
    if ((mask || keepBelow > 0) && restore === false) {
      throw new UsageError("what is kept of the input needs the result in its size: leave restore on");
    }
    if (!(keepBelow >= 0 && keepBelow < Infinity)) {
      throw new UsageError(`expected keepBelow to be a number from 0 up, got ${keepBelow}`);
    }
    const f = vaeScaleFactor(networks.vae.config);
    const fitted = fitImage(image, { resolution, restore, multiple: f });
    const size: LatentSize = { height: fitted.image.height / f, width: fitted.image.width / f };

    const texts = [instruction, options.negative ?? ""];
    const text = await this.#texts(JSON.stringify(texts), () => this.#encodeTexts(texts, signal));
    const seen = `${size.height}x${size.width} ${fingerprint(fitted.image.data)}`;
    const latents = await this.#images(seen, () => this.#encodeImage(fitted.image, size, signal));
    const colours = fitLatentColours(latents, fitted.image);
    const scale = networks.vae.config.scalingFactor;
    const scaled = latents.data.map((value) => value * scale);
    const finish = (picture: Image, x: Float32Array) => {
      const kept = keepBelow > 0 ? keptPart(scaled, x, { ...size, below: keepBelow }) : undefined;
      return finished(picture, { image, fitted, mask, kept });
    };
    const decode = async (x: Float32Array) =>
      finish(await decodeLatents(this.#parts, ndarray(x, latents.shape), size, signal), x);

    const model = await openDenoiser(this.#parts, { size, branches: needed, image: latents, text, signal });
    try {
      const denoise = denoiser(guide(model.evaluate, { textGuidance, imageGuidance }), sampler.prediction);
      const noise = random.normal(latents.data.length);
      for await (const state of sampler.sample(denoise, noise, { random })) {
        expectFinite(state.x, state.step);
        signal?.throwIfAborted();
        const last = state.step === state.steps;
        // The finished edit is decoded without the denoiser in memory.
        if (last) await model.release();
        yield {
          step: state.step,
          steps: state.steps,
          sigma: state.sigma,
          seed,
          sampler: sampler.name,
          preview: () => finish(colours(state.denoised.map((value) => value / scale)), state.denoised),
          decode: () => decode(last ? state.x : state.denoised),
        };
      }
    } finally {
      await model.release();
    }
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

  async #encodeTexts(texts: readonly string[], signal?: AbortSignal): Promise<NdArray> {
    const { text, notes } = await encodeTexts(this.#parts, texts, signal);
    this.#notes.push(...notes);
    return text;
  }

  /** The posterior's mode, not scaled: [1, 4, h, w]. */
  async #encodeImage(image: Image, size: LatentSize, signal?: AbortSignal): Promise<NdArray<Float32Array>> {
    const { programs, networks } = this.#parts;
    const build = () => encodeGraph(networks.vae, size);
    const key = `vae encoder ${size.height}x${size.width}`;
    const { latents } = await programs.run(key, build, { image: toTensor([image]) }, signal);
    return ndarray(Float32Array.from(latents.data), latents.shape);
  }
}

/** Remembers the value made for the latest key. */
function latest<Value>(): (key: string, make: () => Promise<Value>) => Promise<Value> {
  let known: { key: string; value: Value } | undefined;
  return async (key, make) => {
    if (known?.key !== key) known = { key, value: await make() };
    return known.value;
  };
}

/** Two 32-bit FNV-1a hashes of alternate bytes and the length: enough to tell two pictures of one session apart. */
function fingerprint(bytes: Uint8Array): string {
  const hashes = [0x811c9dc5, 0x811c9dc5];
  for (let i = 0; i < bytes.length; i++) hashes[i & 1] = Math.imul(hashes[i & 1] ^ bytes[i], 0x01000193);
  return `${bytes.length} ${hashes.map((hash) => (hash >>> 0).toString(16)).join(" ")}`;
}

/** Brings an edited picture to the size of the input, and puts back what is kept. */
function finished(
  picture: Image,
  { image, fitted, mask, kept }: { image: Image; fitted: Fitted; mask: EditOptions["mask"]; kept?: Image },
): Image {
  const { placement } = fitted;
  const restored = restoreImage(picture, placement);
  const left = mask ? composite(image, restored, mask) : restored;
  return kept ? composite(image, left, whiteAsMask(restoreImage(kept, placement))) : left;
}

/** White = keep. */
function whiteAsMask({ width, height, data }: Image): Mask {
  return { width, height, alpha: Uint8Array.from({ length: width * height }, (_, at) => data[3 * at]) };
}
