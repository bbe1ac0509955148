/** A checkpoint's folder as files in hand. */

import { CheckpointError } from "../errors.ts";
import { type ContentSource, namesIn } from "./checkpoint-source.ts";
import { blobSource, readSafetensorsHeader } from "./safetensors.ts";

/**
 * Reads files by their paths, with `/`. The folder is the one that `model_index.json` lies in, however deep.
 *
 * @param name what messages call it
 */
export function blobFolder(name: string, files: ReadonlyMap<string, Blob>): ContentSource {
  const root = rootOf(files.keys());
  const inside = new Map(
    [...files].filter(([path]) => path.startsWith(root)).map(([path, blob]) => [path.slice(root.length), blob]),
  );
  const place = (path: string) => (path === "" ? name : `${name}/${path}`);
  const file = (path: string): Blob => {
    const blob = inside.get(path);
    if (blob === undefined) throw new CheckpointError(`expected the file ${place(path)}`);
    return blob;
  };
  return {
    notes: [],
    place,
    list: async (folder) => namesIn(inside.keys(), folder),
    text: async (path) => file(path).text(),
    header: async (path) => readSafetensorsHeader(blobSource(file(path)), path, place(path)),
    locate: async (path) => path,
    contents: async (paths) => new Map(paths.map((path) => [path, file(path)])),
  };
}

/** The path of the folder of the model index that lies least deep, with `/`; empty where there is none. */
function rootOf(paths: Iterable<string>): string {
  const indices = [...paths].filter((path) => /(^|\/)model_index\.json$/.test(path));
  const [nearest = ""] = indices.sort((a, b) => a.length - b.length);
  return nearest.slice(0, nearest.lastIndexOf("/") + 1);
}
