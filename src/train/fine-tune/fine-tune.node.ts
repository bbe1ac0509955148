/** Fine-tuning a checkpoint on a data set: the recipe of a training run. */

import type { EditDataset, EditExample } from "../../data/dataset.ts";
import type { GeometryOptions } from "../../data/geometry.ts";
import { loadBatches } from "../../data/load-batches.node.ts";
import { describeSkipped } from "../../data/skipped.ts";
import { UsageError } from "../../errors.ts";
import type { Image } from "../../image/image.ts";
import { vaeScaleFactor } from "../../models/vae-config.ts";
import { Params } from "../../nn/params.ts";
import { mappedPlaces } from "../../pipelines/instruct-pix2pix.node.ts";
import { Programs } from "../../pipelines/programs.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { requireComponent } from "../../weights/checkpoint.ts";
import { writeCheckpoint } from "../export-checkpoint.node.ts";
import { heldStore } from "../held-store.ts";
import { computingEncoder, type Encoder } from "../latents.ts";
import { CachedEncoder } from "../latents-cache.node.ts";
import type { DenoisingOptions } from "../objectives/denoising.ts";
import type { Recipe, Trained } from "../recipe.ts";
import type { BaseModel, Purpose } from "./base-model.node.ts";
import { encodedText, learntText, TEXT_ENCODER } from "./conditioning.ts";
import { denoisingTask } from "./denoising-task.ts";
import { editSheet } from "./edit-sheet.ts";
import { Examples } from "./examples.ts";
import { type LoraSettings, loraUNet } from "./lora-unet.node.ts";
import { textSheet } from "./text-sheet.ts";
import { storeOf, type TrainedNetwork, type TrainedUNet, UNET, wholeNetwork, wholeUNet } from "./trained-unet.node.ts";

export interface FineTuneOptions extends Pick<DenoisingOptions, "minSnr" | "emphasis" | "late" | "dropout"> {
  readonly base: BaseModel;
  /** The engine of the training; the recipe's own programs run there too. */
  readonly runtime: Runtime;
  readonly dataset: EditDataset;
  /** Examples of a micro-batch. */
  readonly batch: number;
  readonly geometry: GeometryOptions;
  /** Decides everything that is drawn. An integer in 0 … 2^53 − 1. */
  readonly seed: number;
  /** Threads that read examples. Default 0: this one. */
  readonly workers?: number;
  /** Low-rank training. Default: every parameter of the UNet is trained. */
  readonly lora?: LoraSettings;
  /** Whether the text encoder learns with the UNet. Default false, as in the paper. Not with `lora`. */
  readonly trainTextEncoder?: boolean;
  /** Keeps encoded pictures and texts in this folder. */
  readonly latents?: string;
  /** See `UNetInputs.recomputed`. */
  readonly recomputed?: boolean;
  /** What sheets are made of. */
  readonly shown: readonly EditExample[];
}

/** Names that diffusers gives to pipelines. */
const PIPELINES: Readonly<Record<Purpose, string>> = {
  edit: "StableDiffusionInstructPix2PixPipeline",
  "text-to-image": "StableDiffusionPipeline",
};

/**
 * The training of a UNet, all of it or by a low-rank change, with everything else frozen.
 *
 * @throws UsageError when options do not go together, or the data set has no captions and needs them.
 */
export async function fineTuneRecipe(options: FineTuneOptions): Promise<Recipe> {
  const { base, runtime, dataset, batch, geometry, seed, workers, shown } = options;
  const { networks, unet, tokenizer, purpose } = base;
  const size = latentSize(base, geometry.resolution ?? 256);
  const trained = trainedUNet(options);
  const text = trainedTextEncoder(options);
  const programs = new Programs({ runtime, places: mappedPlaces, compile: { memory: "low" }, resident: true });
  const encoder = await openEncoder(options, { programs, size });
  const examples = new Examples((start) => loadBatches(dataset, { batch, seed, start, workers, geometry }));
  const task = denoisingTask({
    ...options,
    unet: { ...trained, config: unet.config, initial: initialOf(trained, text) },
    encoder,
    conditioning: text
      ? learntText(networks.textEncoder.config, tokenizer)
      : encodedText(encoder, tokenizer.length, unet.config.crossAttentionDim),
    examples,
    size,
    scalingFactor: networks.vae.config.scalingFactor,
    alphaBar: base.alphaBar,
    prediction: base.prediction,
  });
  return {
    task,
    sample: shown.length === 0 ? undefined : (weights) => sheet(options, trained, weights),
    async writeParts(folder, weights) {
      await trained.writeParts(folder, weights);
      await text?.writeParts(folder, weights);
    },
    async writeModel(folder, weights) {
      const written = { config: unet.json, tensors: trained.tensors(weights) };
      await writeCheckpoint(folder, {
        base: base.checkpoint,
        pipeline: PIPELINES[purpose],
        scheduler: base.scheduler,
        unet: written,
        textEncoder: text?.tensors(weights),
      });
      if (options.lora !== undefined) await trained.writeParts(folder, weights);
    },
    notes: () => (examples.skipped.length === 0 ? [] : [`left out: ${describeSkipped(examples.skipped)}`]),
    async [Symbol.asyncDispose]() {
      await examples.dispose();
      if (encoder instanceof CachedEncoder) await encoder.dispose();
      await programs.dispose();
    },
  };
}

function latentSize({ networks }: BaseModel, resolution: number): number {
  const f = vaeScaleFactor(networks.vae.config);
  if (resolution % f === 0) return resolution / f;
  throw new UsageError(`expected a resolution that the autoencoder can halve, a multiple of ${f}, got ${resolution}`);
}

function trainedUNet({ base, lora }: FineTuneOptions): TrainedUNet {
  const { unet, networks, checkpoint, purpose } = base;
  const { tensors } = unet.component;
  if (lora === undefined) return wholeUNet(unet.json, tensors, `${checkpoint.path}: unet`);
  if (unet.config.inChannels !== networks.unet.config.inChannels) {
    throw new UsageError(
      `${checkpoint.path} has to be widened before it can learn to ${purpose}, which a low-rank change cannot be saved ` +
        "with: train all of it, or start from a checkpoint that edits",
    );
  }
  return loraUNet({ store: networks.unet.store, tensors }, lora);
}

/** @throws UsageError with a low-rank change, whose files are of the UNet alone. */
function trainedTextEncoder({ base, lora, trainTextEncoder }: FineTuneOptions): TrainedNetwork | undefined {
  if (!trainTextEncoder) return undefined;
  if (lora !== undefined) throw new UsageError("the text encoder is trained as a whole: not with a low-rank change");
  const { config, tensors } = requireComponent(base.checkpoint, TEXT_ENCODER);
  const where = `${base.checkpoint.path}: ${TEXT_ENCODER}`;
  return wholeNetwork({ name: TEXT_ENCODER, json: config, base: tensors, where });
}

/** Where each parameter begins: in the network in whose scope it is. */
function initialOf(unet: TrainedNetwork, text: TrainedNetwork | undefined): TrainedNetwork["initial"] {
  return (path, shapes, random) => {
    const network = text !== undefined && path.startsWith(`${TEXT_ENCODER}.`) ? text : unet;
    return network.initial(path, shapes, random);
  };
}

async function openEncoder(
  { base, runtime, geometry, latents }: FineTuneOptions,
  { programs, size }: { programs: Programs; size: number },
): Promise<Encoder> {
  const { networks, tokenizer, checkpoint } = base;
  const encoder = computingEncoder({ networks, tokenizer, programs });
  if (latents === undefined) return encoder;
  const { resolution = 256, resize = [resolution, resolution] } = geometry;
  if (resize.some((side) => side !== resolution)) {
    throw new UsageError(
      `cached latents are of pictures that come again, but crops of ${resolution} from ${resize.join(" to ")} pixels ` +
        "are new ones every time: leave out one or the other",
    );
  }
  const network = (name: string) => requireComponent(checkpoint, name);
  return await CachedEncoder.open(encoder, {
    folder: latents,
    vae: network("vae"),
    textEncoder: network("text_encoder"),
    device: runtime.device,
    latents: networks.vae.config.latentChannels * size * size,
    hidden: tokenizer.length * networks.textEncoder.config.hiddenSize,
  });
}

/** What the weights make of the shown examples, used where they are. */
async function sheet(
  { base, shown, trainTextEncoder }: FineTuneOptions,
  unet: TrainedUNet,
  weights: Trained,
): Promise<Image> {
  const p = unet.scope(new Params(heldStore(weights, unet.frozen?.store)));
  const { textEncoder } = base.networks;
  const parts = {
    ...{ runtime: weights.engine, places: mappedPlaces, tokenizer: base.tokenizer, scheduler: base.scheduler },
    networks: {
      ...base.networks,
      unet: { config: base.unet.config, store: storeOf(p.at(UNET)) },
      textEncoder: trainTextEncoder ? { ...textEncoder, store: storeOf(p.at(TEXT_ENCODER)) } : textEncoder,
    },
  };
  return base.purpose === "edit" ? editSheet(shown, parts) : textSheet(shown, parts);
}
