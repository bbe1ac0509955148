/** Opening checkpoints on disk: a diffusers folder (or a snapshot in the Hugging Face cache), or one original file. */

import { stat } from "node:fs/promises";
import { basename, extname } from "node:path";
import { CheckpointError } from "../errors.ts";
import { type Checkpoint, requireComponent } from "./checkpoint.ts";
import { type CheckpointFolderOptions, locateTokenizer, openCheckpointFolder } from "./checkpoint-folder.ts";
import { diskSource } from "./disk-source.node.ts";
import { fromSingleFile } from "./ldm.ts";
import { openSafetensors } from "./safetensors.node.ts";
import { PICKLE, pickleAdvice } from "./weight-files.ts";

export interface OpenCheckpointOptions extends CheckpointFolderOptions {
  /** Single files: use the UNet's averaged weights. Default `auto`: when the file has them. */
  readonly ema?: boolean | "auto";
  /** A tokenizer's folder, in place of the checkpoint's own; a single file has none. */
  readonly tokenizer?: string;
}

/**
 * Opens a checkpoint. Only configurations and headers are read, whatever its size.
 *
 * @throws CheckpointError when something is missing or malformed, or when the weights are Python pickles.
 */
export async function openCheckpoint(path: string, options: OpenCheckpointOptions = {}): Promise<Checkpoint> {
  const status = await stat(path).catch((error: Error) => {
    throw new CheckpointError(`${path}: expected a checkpoint's folder or file: ${error.message}`, { cause: error });
  });
  const checkpoint = await (status.isDirectory()
    ? openCheckpointFolder(diskSource(path), options)
    : openSingleFile(path, options));
  for (const name of options.components ?? []) requireComponent(checkpoint, name);
  if (options.tokenizer === undefined) return checkpoint;
  return { ...checkpoint, tokenizer: await locateTokenizer(diskSource(options.tokenizer), "") };
}

async function openSingleFile(path: string, options: OpenCheckpointOptions): Promise<Checkpoint> {
  if (PICKLE.test(path)) {
    const expected = `${basename(path, extname(path))}.safetensors or a folder with model_index.json`;
    throw new CheckpointError(pickleAdvice(path, expected));
  }
  const { tensors } = await openSafetensors(path);
  const checkpoint = fromSingleFile(tensors, path, { ema: options.ema });
  const wanted = options.components ?? [...checkpoint.components.keys()];
  const components = new Map([...checkpoint.components].filter(([name]) => wanted.includes(name)));
  return { ...checkpoint, components, tokenizer: undefined };
}
