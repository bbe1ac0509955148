/**
 * Copies of a graph as the engine optimised it, its weights laid out for this processor. Loading one takes as long as
 * mapping a file. A copy depends on ONNX Runtime's version and on the processor, so both are part of its folder's name.
 */

import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { processorKind } from "./processor.node.ts";

const GRAPH = "model.onnx";
export const WEIGHTS = "weights.bin";

/** A graph with its weight files, each by its location in the graph. */
export interface Source {
  readonly onnx: Uint8Array;
  readonly files: ReadonlyMap<string, string>;
}

/**
 * The path of the optimised copy of a graph, made first when there is none. `make` saves it to the path it is told.
 *
 * The copy appears under its name only when complete; of two processes that make it at once, one copy remains.
 */
export async function optimizedCopy(
  folder: string,
  source: Source,
  version: string,
  make: (graph: string) => Promise<void>,
): Promise<string> {
  const finished = join(folder, await key(source, version));
  const graph = join(finished, GRAPH);
  if (existsSync(graph)) return graph;
  const unfinished = join(folder, `.unfinished-${randomUUID()}`);
  await mkdir(unfinished, { recursive: true });
  try {
    await make(join(unfinished, GRAPH));
    await rename(unfinished, finished);
  } catch (error) {
    if (!existsSync(graph)) throw error; // another process was first
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return graph;
}

/** Changes when the graph, a weight file, the engine or the processor does. Files are told apart by size and time. */
async function key({ onnx, files }: Source, version: string): Promise<string> {
  const hash = createHash("sha256").update(`${version}\n${processorKind()}\n`).update(onnx);
  for (const [location, path] of files) {
    const { size, mtimeMs } = await stat(path);
    hash.update(`\n${location}\n${path}\n${size}\n${mtimeMs}`);
  }
  return `${version}-${hash.digest("hex").slice(0, 32)}`;
}
