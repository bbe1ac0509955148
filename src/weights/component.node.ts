/** Opening one model of a checkpoint on disk: its folder with `config.json` and weights. */

import { basename } from "node:path";
import type { Component } from "./checkpoint.ts";
import { type ComponentOptions, openComponentFolder } from "./component-folder.ts";
import { diskSource } from "./disk-source.node.ts";

/** As `ComponentOptions`; the name is the folder's where none is given. */
export type OpenComponentOptions = Partial<ComponentOptions>;

/**
 * Opens a folder such as `unet/`, or a whole CLIP model of transformers. Only headers are read.
 *
 * @throws CheckpointError when the folder, its configuration or its weights are missing or malformed.
 */
export async function openComponent(folder: string, options: OpenComponentOptions = {}): Promise<Component> {
  return await openComponentFolder(diskSource(folder), "", { ...options, name: options.name ?? basename(folder) });
}
