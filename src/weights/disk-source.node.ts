/** A checkpoint's folder on a disk. */

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { CheckpointError } from "../errors.ts";
import type { CheckpointSource } from "./checkpoint-source.ts";
import { openSafetensors, realFile } from "./safetensors.node.ts";

/** Reads the folder at `root`. Files are located by their real paths, free of symbolic links. */
export function diskSource(root: string): CheckpointSource {
  const place = (path: string) => (path === "" ? root : join(root, path));
  return {
    place,
    list: (folder) => listFolder(place(folder)),
    text: (path) => readFile(place(path), "utf8"),
    header: (path) => openSafetensors(place(path)),
    locate: (path) => realFile(place(path)),
  };
}

async function listFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    throw new CheckpointError(`expected the folder ${folder}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}
