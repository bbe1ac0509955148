/** The folder a checkpoint is in, wherever that is: on a disk, behind HTTP, in the hands of a page. */

import { CheckpointError, HubError } from "../errors.ts";
import { type JsonObject, parseJsonObject } from "./json.ts";
import type { SafetensorsHeader } from "./safetensors.ts";

/** Reads a folder. Paths are relative to it, with `/`; the empty one is the folder itself. */
export interface CheckpointSource {
  /** What messages call a path: on a disk the whole of it, behind HTTP its address. */
  place(path: string): string;
  /** The names in a folder. @throws CheckpointError when it is not there. */
  list(folder: string): Promise<readonly string[]>;
  /** What a text file says. Rejects when it cannot be read. */
  text(path: string): Promise<string>;
  /** The header of a safetensors file; `TensorRef.file` is what `locate` says. @throws CheckpointError */
  header(path: string): Promise<SafetensorsHeader>;
  /** What whoever needs a file's bytes knows it by: on a disk its real path. @throws CheckpointError when it is gone. */
  locate(path: string): Promise<string>;
}

/** The path of a name in a folder. */
export function within(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

/** A JSON object from a file. @throws CheckpointError naming the file; HubError when it cannot be fetched. */
export async function readJson(source: CheckpointSource, path: string): Promise<JsonObject> {
  try {
    return parseJsonObject(await source.text(path));
  } catch (error) {
    if (error instanceof HubError || error instanceof CheckpointError) throw error;
    const reason = error instanceof Error ? error.message : error;
    throw new CheckpointError(`${source.place(path)} cannot be read as JSON: ${reason}`, { cause: error });
  }
}
