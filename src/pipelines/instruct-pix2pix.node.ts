/** Loading a model in Node: from a folder, a file, or the hub. */

import { existsSync, openAsBlob } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { branches } from "../diffusion/guidance.ts";
import { UsageError } from "../errors.ts";
import { resolveModel } from "../hub/resolve-model.node.ts";
import { loraStore } from "../nn/lora-store.ts";
import { createNodeRuntime, type NodeDevice } from "../runtime/ort.node.ts";
import type { Device, Runtime } from "../runtime/runtime.ts";
import { weightFolder } from "../runtime/weight-folder.node.ts";
import { loadClipTokenizer } from "../text/clip-tokenizer.node.ts";
import { openCheckpoint } from "../weights/checkpoint.node.ts";
import { type Checkpoint, requireComponent, requireTokenizer } from "../weights/checkpoint.ts";
import type { SampledTask } from "../weights/describe.ts";
import { openLora } from "../weights/lora.node.ts";
import { fitLora } from "../weights/lora.ts";
import { defaultModel } from "./default-model.node.ts";
import { type EditParts, EditPipeline } from "./edit.ts";
import { decodeGraph, denoiseGraph, type EditNetworks, encodeGraph } from "./edit-graphs.ts";
import { EDIT_COMPONENTS, type LoadEvent, modelFor } from "./edit-model.ts";
import { type Preparable, preparedFile, preparedTransform, prepareWeights } from "./prepared-weights.node.ts";
import { contentPlaces, type GraphTransform, Programs, type WeightPlaces } from "./programs.ts";

export type { LoadEvent } from "./edit-model.ts";

export interface LoadOptions {
  /** One device, or several in order of preference. Default `cpu`. `wasm`, which runs everywhere, stands alone. */
  readonly device?: Device | readonly Device[];
  /** Weights to prefer, e.g. `fp16`. */
  readonly variant?: string;
  /** `low`: guidance branches one by one and the decoder in tiles. Default `fast`. */
  readonly memory?: "fast" | "low";
  /**
   * `mapped`: in place, from the checkpoint's own files; ready at once. `prepared`: as well, but transformed for speed, once
   * per checkpoint, into a file in `cache` (2.8 GB for Stable Diffusion 1.5). `packed`: copied into the engine's own layout
   * at every load, which takes the weights' size in private memory. Default: `prepared` once that was done, else `mapped`.
   */
  readonly weights?: "mapped" | "prepared" | "packed";
  /** LoRA files for the UNet and the text encoder; what several change adds up. */
  readonly loras?: readonly LoraChoice[];
  /** A tokenizer's folder, in place of the checkpoint's own; a single file has none. */
  readonly tokenizer?: string;
  /** Threads that compute. Default: the number of cores. */
  readonly threads?: number;
  /** Folder for prepared weights. Default: `instruct-pix2pix` in the user's cache folder. */
  readonly cache?: string;
  readonly onProgress?: (event: LoadEvent) => void;
  readonly signal?: AbortSignal;
}

/** A LoRA file, in any of the usual layouts, and how strongly it applies. Default 1: as it was trained. */
export interface LoraChoice {
  readonly path: string;
  readonly scale?: number;
}

/** InstructPix2Pix with its weights: `await InstructPix2Pix.load("timbrooks/instruct-pix2pix")`. */
export class InstructPix2Pix extends EditPipeline {
  /**
   * @param model a diffusers folder, an original `.safetensors` file, or `org/name[@revision]` on the hub. Default: the small
   * one that comes with the package, which knows only the miniature
   * @throws UsageError, HubError, CheckpointError
   */
  static async load(model?: string, options: LoadOptions = {}): Promise<InstructPix2Pix> {
    return new InstructPix2Pix(await openEditParts(model ?? (await defaultModel()), options));
  }
}

/** Opens a checkpoint and starts an engine: everything an edit is made with. The engine is the caller's to dispose. */
export async function openEditParts(model: string, options: LoadOptions = {}): Promise<EditParts> {
  return await openParts(["edit"], model, options);
}

/**
 * The same of a checkpoint that is for one of `tasks`.
 *
 * @throws UsageError, HubError; CheckpointError when the checkpoint is for another task
 */
export async function openParts(
  tasks: readonly SampledTask[],
  model: string,
  options: LoadOptions = {},
): Promise<EditParts> {
  const { variant, onProgress, signal, device, threads, memory = "fast", weights, loras = [] } = options;
  const path = await resolveModel(model, {
    variant,
    signal,
    onProgress: ({ file, receivedBytes, totalBytes }) =>
      onProgress?.({ phase: "download", file, received: receivedBytes, total: totalBytes }),
  });
  onProgress?.({ phase: "open" });
  const tokenizerFolder = options.tokenizer;
  const checkpoint = await openCheckpoint(path, { variant, components: EDIT_COMPONENTS, tokenizer: tokenizerFolder });
  const { networks: base, small, ...rest } = modelFor(tasks, checkpoint);
  const networks = await applyLoras(base, checkpoint, loras);
  const tokenizer = await loadClipTokenizer(requireTokenizer(checkpoint));
  const { runtime, places } = await startEngine([device ?? "cpu"].flat(), threads);
  const resident = weights === "packed" || small;
  const plain = new Programs({
    runtime,
    places,
    compile: {
      weights: weights === "packed" ? "packed" : "mapped",
      memory,
      // Large models compute changed weights at every step: a few per cent of it, where keeping them takes their size.
      foldConstants: resident && loras.length > 0 ? true : undefined,
    },
    resident,
  });
  // Prepared are the checkpoint's own weights, so that one file serves every LoRA.
  const transforms = await prepareNetworks(checkpoint, base, plain, options).catch(async (error) => {
    await runtime.dispose();
    throw error;
  });
  const programs = plain.with({ transforms });
  return { ...rest, networks, tokenizer, programs, memory, notes: [...checkpoint.notes, ...runtime.fallbacks] };
}

/** The latent size that decides which convolutions are transformed: that of the pictures most edits are made at. */
const USUAL_SIZE = { height: 64, width: 64 };

/** How the graphs of UNet and autoencoder use prepared weights, by the name of the component; those that do. */
async function prepareNetworks(
  checkpoint: Checkpoint,
  networks: EditNetworks,
  programs: Programs,
  { weights, memory, cache = defaultCache(), onProgress, signal }: LoadOptions,
): Promise<ReadonlyMap<string, GraphTransform>> {
  const transforms = new Map<string, GraphTransform>();
  if (weights === "mapped" || weights === "packed" || programs.runtime.device !== "cpu") return transforms;
  const full = branches({ textGuidance: 7.5, imageGuidance: 1.5 });
  const graphs = {
    unet: () => denoiseGraph(networks.unet, full, USUAL_SIZE, 1),
    vae: () => ({
      outputs: { ...encodeGraph(networks.vae, USUAL_SIZE).outputs, ...decodeGraph(networks.vae, USUAL_SIZE).outputs },
    }),
  };
  const folder = join(cache, "prepared");
  // Transformed convolutions hold more at a time: the autoencoder's decide the peak of memory.
  for (const name of memory === "low" ? (["unet"] as const) : (["unet", "vae"] as const)) {
    const files = new Set([...requireComponent(checkpoint, name).tensors.values()].map(({ file }) => file));
    const network: Preparable = { config: networks[name].config, files, build: graphs[name] };
    if (weights === "prepared") {
      const report = (received: number, total: number) =>
        onProgress?.({ phase: "prepare", file: name, received, total });
      const scratch = programs.with({ resident: false });
      transforms.set(name, await prepareWeights(network, { folder, programs: scratch, onProgress: report, signal }));
    } else {
      const path = await preparedFile(network, folder);
      if (existsSync(path)) transforms.set(name, await preparedTransform(path));
    }
  }
  return transforms;
}

/** Where this user's programs keep what they can make again. */
function defaultCache(): string {
  const base =
    process.env.XDG_CACHE_HOME ??
    (process.platform === "win32" ? process.env.LOCALAPPDATA : undefined) ??
    join(homedir(), process.platform === "darwin" ? "Library/Caches" : ".cache");
  return join(base, "instruct-pix2pix");
}

/** The networks with what LoRA files change. @throws CheckpointError, UsageError */
async function applyLoras(
  networks: EditNetworks,
  checkpoint: Checkpoint,
  choices: readonly LoraChoice[],
): Promise<EditNetworks> {
  if (choices.length === 0) return networks;
  const tensorsOf = (name: string) => requireComponent(checkpoint, name).tensors;
  const base = { unet: tensorsOf("unet"), text_encoder: tensorsOf("text_encoder") };
  const loras = await Promise.all(
    choices.map(async ({ path, scale = 1 }) => {
      if (!Number.isFinite(scale))
        throw new UsageError(`${path}: the scale of a LoRA is a finite number, got ${scale}`);
      return { lora: fitLora(await openLora(path), base), scale };
    }),
  );
  const { unet, textEncoder } = networks;
  return {
    ...networks,
    unet: { ...unet, store: loraStore(unet.store, "unet", loras) },
    textEncoder: { ...textEncoder, store: loraStore(textEncoder.store, "text_encoder", loras) },
  };
}

/** An engine for the devices, and how it is told of weight files. */
async function startEngine(devices: readonly Device[], threads: number | undefined): Promise<Engine> {
  const native = devices.filter((device): device is NodeDevice => device !== "wasm");
  if (native.length === devices.length) {
    return { runtime: await createNodeRuntime({ device: native, threads }), places: mappedPlaces };
  }
  if (native.length > 0) throw new UsageError(`device wasm stands alone, got ${devices.join(", ")}`);
  const { createWebRuntime } = await import("../runtime/ort.web.ts");
  return {
    runtime: await createWebRuntime({ device: "wasm", threads }),
    places: contentPlaces((file) => openAsBlob(file)),
  };
}

interface Engine {
  readonly runtime: Runtime;
  readonly places: (files: readonly string[]) => WeightPlaces;
}

/** Files are mapped by the engine from their folder. */
export function mappedPlaces(files: readonly string[]): WeightPlaces {
  const { folder, relative } = weightFolder(files);
  return { folder, location: relative, content: (file) => file };
}
