/** Where weight files lie, as ONNX Runtime wants it told: one real folder, and locations inside it. */

import { realpathSync } from "node:fs";
import nodePath, { type PlatformPath } from "node:path";
import { CheckpointError, invariant, UsageError } from "../errors.ts";
import type { CompiledGraph } from "./runtime.ts";

export interface WeightFolder {
  /** Absolute, without links. */
  readonly folder: string;
  /** The location of one of the files: relative to `folder`, with forward slashes, never leaving it. */
  relative(path: string): string;
}

/**
 * The nearest folder that holds all the files, after resolving links: the engine refuses locations that leave the folder,
 * and caches keep their files behind links. Without files, the current folder.
 *
 * @throws CheckpointError when a file is missing. @throws UsageError when the files lie on several drives.
 */
export function weightFolder(paths: readonly string[]): WeightFolder {
  const real = new Map(paths.map((path) => [path, realPath(path)]));
  const folder = paths.length === 0 ? process.cwd() : commonFolder([...real.values()]);
  return {
    folder,
    relative(path) {
      const target = real.get(path);
      invariant(target !== undefined, `${path} is not among the files that the folder was made for`);
      return nodePath.relative(folder, target).split(nodePath.sep).join("/");
    },
  };
}

/** The nearest common ancestor of absolute paths; for one path, its folder. */
export function commonFolder(paths: readonly string[], path: PlatformPath = nodePath): string {
  return paths
    .map((file) => path.dirname(file))
    .reduce((common, folder) => {
      let ancestor = common;
      while (!contains(ancestor, folder, path)) {
        const parent = path.dirname(ancestor);
        if (parent === ancestor) {
          throw new UsageError(
            `weight files must lie on one drive, got ${common} and ${folder}: move or copy one of them`,
          );
        }
        ancestor = parent;
      }
      return ancestor;
    });
}

function contains(folder: string, inner: string, path: PlatformPath): boolean {
  const relative = path.relative(folder, inner);
  return relative !== ".." && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

function realPath(path: string): string {
  try {
    return realpathSync.native(path);
  } catch (cause) {
    throw new CheckpointError(`weight file ${path} is missing or unreadable; fetch the checkpoint again`, { cause });
  }
}

/** The weights of a graph: files by location with the folder they are relative to, and contents by location. */
export interface LocatedWeights {
  readonly folder: string | undefined;
  readonly files: ReadonlyMap<string, string>;
  readonly contents: ReadonlyMap<string, Uint8Array>;
}

/** Finds the weight files of a graph and checks that its locations are relative to one folder. */
export async function locateWeights({ weightFiles, folder }: CompiledGraph): Promise<LocatedWeights> {
  const files = new Map<string, string>();
  const contents = new Map<string, Uint8Array>();
  for (const [location, file] of weightFiles) {
    if (typeof file === "string") files.set(location, file);
    else contents.set(location, file instanceof Blob ? new Uint8Array(await file.arrayBuffer()) : file);
  }
  if (files.size === 0) return { folder: undefined, files, contents };
  const common = weightFolder([...files.values()]);
  const base = folder === undefined ? common.folder : realPath(folder);
  for (const [location, file] of files) {
    const found = realPath(nodePath.join(base, location));
    const expected = nodePath.join(common.folder, common.relative(file));
    invariant(found === expected, `location ${location} in ${base} is ${found}, not ${expected}`);
  }
  return { folder: base, files, contents };
}
