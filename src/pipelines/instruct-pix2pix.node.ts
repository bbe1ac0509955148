/** Loading a model in Node: from a folder, a file, or the hub. */

import { resolveModel } from "../hub/resolve-model.node.ts";
import { clipTextConfig } from "../models/clip-config.ts";
import { unetConfig } from "../models/unet-config.ts";
import { vaeConfig } from "../models/vae-config.ts";
import { weightStore } from "../nn/weight-store.ts";
import { createNodeRuntime, type NodeDevice } from "../runtime/ort.node.ts";
import type { WeightMode } from "../runtime/runtime.ts";
import { weightFolder } from "../runtime/weight-folder.node.ts";
import { loadClipTokenizer } from "../text/clip-tokenizer.node.ts";
import { openCheckpoint } from "../weights/checkpoint.node.ts";
import { type Checkpoint, requireTokenizer } from "../weights/checkpoint.ts";
import { requireEditModel } from "../weights/describe.ts";
import type { TensorIndex } from "../weights/tensor-ref.ts";
import { EditPipeline } from "./edit.ts";
import type { EditNetworks } from "./edit-graphs.ts";
import { Programs, type WeightPlaces } from "./programs.ts";

export interface LoadOptions {
  /** One device, or several in order of preference. Default `cpu`. */
  readonly device?: NodeDevice | readonly NodeDevice[];
  /** Weights to prefer, e.g. `fp16`. */
  readonly variant?: string;
  /** `low`: guidance branches one by one and the decoder in tiles. Default `fast`. */
  readonly memory?: "fast" | "low";
  /** How weights are held; see `WeightMode`. Default `mapped`. */
  readonly weights?: WeightMode;
  /** A tokenizer's folder, in place of the checkpoint's own; a single file has none. */
  readonly tokenizer?: string;
  /** Threads that compute. Default: the number of cores. */
  readonly threads?: number;
  /** Folder for the copies that `weights: "optimized"` makes. */
  readonly optimizedCopies?: string;
  readonly onProgress?: (event: LoadEvent) => void;
  readonly signal?: AbortSignal;
}

/** What loading is busy with. */
export interface LoadEvent {
  readonly phase: "download" | "open";
  readonly file?: string;
  /** Bytes, of the whole download. */
  readonly received?: number;
  readonly total?: number;
}

/** Below this many bytes of weights programs are kept from edit to edit: then compiling takes longer than running. */
const SMALL_MODEL = 256 * 2 ** 20;

/** InstructPix2Pix with its weights: `await InstructPix2Pix.load("timbrooks/instruct-pix2pix")`. */
export class InstructPix2Pix extends EditPipeline {
  /**
   * @param model a diffusers folder, an original `.safetensors` file, or `org/name[@revision]` on the hub
   * @throws UsageError, HubError, CheckpointError
   */
  static async load(model: string, options: LoadOptions = {}): Promise<InstructPix2Pix> {
    const {
      variant,
      onProgress,
      signal,
      device,
      threads,
      optimizedCopies,
      memory = "fast",
      weights = "mapped",
    } = options;
    const path = await resolveModel(model, {
      variant,
      signal,
      onProgress: ({ file, receivedBytes, totalBytes }) =>
        onProgress?.({ phase: "download", file, received: receivedBytes, total: totalBytes }),
    });
    onProgress?.({ phase: "open" });
    const components = ["unet", "vae", "text_encoder"];
    const checkpoint = await openCheckpoint(path, { variant, components, tokenizer: options.tokenizer });
    const { scheduler } = requireEditModel(checkpoint);
    const networks = readNetworks(checkpoint);
    const tokenizer = await loadClipTokenizer(requireTokenizer(checkpoint));
    const runtime = await createNodeRuntime({ device, threads, optimizedCopies });
    const programs = new Programs({
      runtime,
      places: placesOf,
      compile: { weights, memory },
      resident: weights === "packed" || bytesOf(checkpoint) < SMALL_MODEL,
    });
    return new InstructPix2Pix({
      networks,
      tokenizer,
      scheduler,
      interpolation: checkpoint.kind === "single-file" ? "log-sigma" : "sigma",
      programs,
      memory,
      notes: [...checkpoint.notes, ...runtime.fallbacks],
    });
  }
}

/** The networks of a checkpoint, configurations checked. @throws CheckpointError */
export function readNetworks(checkpoint: Checkpoint): EditNetworks {
  const { unet, vae, textEncoder } = requireEditModel(checkpoint);
  const where = (name: string) => `${checkpoint.path}: ${name}`;
  const store = (tensors: TensorIndex, name: string) => weightStore(tensors, where(name));
  return {
    unet: { config: unetConfig(unet.config, where("unet/config.json")), store: store(unet.tensors, "unet") },
    vae: { config: vaeConfig(vae.config, where("vae/config.json")), store: store(vae.tensors, "vae") },
    textEncoder: {
      config: clipTextConfig(textEncoder.config, where("text_encoder/config.json")),
      store: store(textEncoder.tensors, "text_encoder"),
    },
  };
}

function placesOf(files: readonly string[]): WeightPlaces {
  const { folder, relative } = weightFolder(files);
  return { folder, location: relative, content: (file) => file };
}

function bytesOf(checkpoint: Checkpoint): number {
  let bytes = 0;
  for (const { tensors } of checkpoint.components.values()) for (const { length } of tensors.values()) bytes += length;
  return bytes;
}
