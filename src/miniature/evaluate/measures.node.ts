/** Opening the networks that measure: on the CPU, so that they read the same whatever runs what is measured. */

import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CheckpointError } from "../../errors.ts";
import { type ClipReader, clipReader } from "../../eval/clip-reader.ts";
import { openClip } from "../../eval/open-clip.node.ts";
import { weightStore } from "../../nn/weight-store.ts";
import { Programs } from "../../pipelines/programs.ts";
import { createNodeRuntime } from "../../runtime/ort.node.ts";
import { weightFolder } from "../../runtime/weight-folder.node.ts";
import { openSafetensors } from "../../weights/safetensors.node.ts";
import { CLIP_FOLDER } from "../clip-folder.node.ts";
import { type ReadStates, stateReader } from "../scorer/reader.ts";

/** The scorer that comes with the package. */
export const SCORER_FILE = fileURLToPath(
  new URL("../../../models/miniature-scorer/model.safetensors", import.meta.url),
);

export interface MeasureOptions {
  /** Weights of the scorer: a file, or a folder with `model.safetensors`. Default: {@link SCORER_FILE}. */
  readonly scorer?: string;
  /** The folder of a CLIP in transformers' layout. Default: {@link CLIP_FOLDER}. */
  readonly clip?: string;
  /** Threads that compute. Default: the number of cores. */
  readonly threads?: number;
}

/** Networks that measure, and their engine. Call `dispose()` when done. */
export interface Measures extends AsyncDisposable {
  readonly read: ReadStates;
  readonly clip: ClipReader;
  dispose(): Promise<void>;
}

/** @throws CheckpointError when a file is missing or malformed */
export async function openMeasures(options: MeasureOptions = {}): Promise<Measures> {
  const { scorer = SCORER_FILE, clip = CLIP_FOLDER, threads } = options;
  if (options.scorer === undefined && !existsSync(scorer)) {
    throw new CheckpointError(`there is no scorer at ${scorer}: train one, or name its weights with --scorer`);
  }
  const [store, model] = await Promise.all([fileStore(scorer, "scorer"), openClip(clip)]);
  const runtime = await createNodeRuntime({ threads });
  const programs = new Programs({
    runtime,
    places: (files) => {
      const { folder, relative } = weightFolder(files);
      return { folder, location: relative, content: (file) => file };
    },
    resident: true,
  });
  const dispose = async () => {
    await programs.dispose();
    await runtime.dispose();
  };
  return {
    read: stateReader(store, programs),
    clip: clipReader(model, programs),
    dispose,
    [Symbol.asyncDispose]: dispose,
  };
}

async function fileStore(path: string, name: string) {
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
  const file = isFolder ? join(path, "model.safetensors") : path;
  return weightStore((await openSafetensors(file)).tensors, `${file}: ${name}`);
}
