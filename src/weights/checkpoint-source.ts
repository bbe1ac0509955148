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

/** A source whose files are had as contents. */
export interface ContentSource extends CheckpointSource {
  /** The contents of located files, by what they were located as; fetched where they are not here yet. */
  contents(files: readonly string[], options?: ContentOptions): Promise<ReadonlyMap<string, Blob>>;
  /** What a user should know of how they were had. */
  readonly notes: readonly string[];
}

export interface ContentOptions {
  readonly signal?: AbortSignal;
  /** Bytes over all the files that were not here. */
  readonly onProgress?: (progress: {
    readonly file: string;
    readonly received: number;
    readonly total: number;
  }) => void;
}

/** The names directly in a folder, of files known by their paths. */
export function namesIn(paths: Iterable<string>, folder: string): string[] {
  const start = folder === "" ? "" : `${folder}/`;
  const inside = [...paths].filter((path) => path.startsWith(start));
  return [...new Set(inside.map((path) => path.slice(start.length).split("/")[0]))];
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
