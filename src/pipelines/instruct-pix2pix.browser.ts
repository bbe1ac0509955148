/** Loading a model in a browser: from an address, the hub, or a folder in hand. Nothing is asked of any other host. */

import { invariant } from "../errors.ts";
import { createWebRuntime, type WebRuntimeOptions } from "../runtime/ort.web.ts";
import { readClipTokenizer } from "../text/clip-tokenizer-folder.ts";
import { type Checkpoint, requireComponent, requireTokenizer } from "../weights/checkpoint.ts";
import { openCheckpointFolder } from "../weights/checkpoint-folder.ts";
import type { ContentSource } from "../weights/checkpoint-source.ts";
import { type EditParts, EditPipeline } from "./edit.ts";
import { EDIT_COMPONENTS, editModel, type LoadEvent } from "./edit-model.ts";
import { type ModelSource, openSource, type SourceOptions } from "./model-source.browser.ts";
import { contentPlaces, Programs } from "./programs.ts";

export interface LoadOptions extends SourceOptions, Pick<WebRuntimeOptions, "device" | "threads" | "wasmPaths"> {
  /** `low`: guidance branches one by one and the decoder in tiles. Default `fast`. */
  readonly memory?: "fast" | "low";
  readonly onProgress?: (event: LoadEvent) => void;
}

/** InstructPix2Pix with its weights: `await InstructPix2Pix.load("./models/miniature/")`. */
export class InstructPix2Pix extends EditPipeline {
  /**
   * Loads a model. The device is WebGPU, or where that does not work WebAssembly, unless `device` says otherwise. Weights
   * are downloaded once and kept by the browser, in the origin-private file system where there is one; what stopped half
   * way goes on the next time. The engine works in a Web Worker.
   *
   * @throws UsageError, HubError, CheckpointError
   */
  static async load(source: ModelSource, options: LoadOptions = {}): Promise<InstructPix2Pix> {
    return new InstructPix2Pix(await openEditParts(source, options));
  }
}

/** Opens a checkpoint and starts an engine: everything an edit is made with. The engine is the caller's to dispose. */
export async function openEditParts(source: ModelSource, options: LoadOptions = {}): Promise<EditParts> {
  const { variant, memory = "fast", threads, wasmPaths, device = ["webgpu", "wasm"], onProgress, signal } = options;
  onProgress?.({ phase: "open" });
  const folder = await openSource(source, options);
  const checkpoint = await openCheckpointFolder(folder, { variant, components: EDIT_COMPONENTS });
  for (const name of EDIT_COMPONENTS) requireComponent(checkpoint, name);
  const { small, ...model } = editModel(checkpoint);
  const tokenizer = await readTokenizer(folder, checkpoint);
  signal?.throwIfAborted();
  // Before the download, which may be large: without a device it would be in vain.
  const runtime = await createWebRuntime({ device, threads, wasmPaths });
  try {
    const report = (progress: Omit<LoadEvent, "phase">) => onProgress?.({ phase: "download", ...progress });
    const contents = await folder.contents([...filesOf(checkpoint)], { signal, onProgress: report });
    const places = contentPlaces((file) => {
      const content = contents.get(file);
      invariant(content !== undefined, `no content of ${file}`);
      return content;
    });
    const programs = new Programs({ runtime, places, compile: { memory }, resident: small });
    const notes = [...checkpoint.notes, ...folder.notes, ...runtime.fallbacks];
    return { ...model, tokenizer, programs, memory, notes };
  } catch (error) {
    await runtime.dispose();
    throw error;
  }
}

function readTokenizer(folder: ContentSource, checkpoint: Checkpoint): Promise<EditParts["tokenizer"]> {
  const files = requireTokenizer(checkpoint);
  const read = async (name: string) => {
    const file = files.get(name);
    return file === undefined ? undefined : await folder.text(file);
  };
  return readClipTokenizer({ place: folder.place("tokenizer"), read });
}

/** The files that hold a checkpoint's weights. */
function filesOf({ components }: Checkpoint): Set<string> {
  const files = new Set<string>();
  for (const { tensors } of components.values()) for (const { file } of tensors.values()) files.add(file);
  return files;
}
