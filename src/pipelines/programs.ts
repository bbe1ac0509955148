/** From graphs to programs: compiled when first needed, kept while they are worth their memory. */

import { type Graph, leavesOf } from "../graph/graph.ts";
import { toOnnx } from "../graph/onnx.ts";
import { simplify } from "../graph/simplify.ts";
import { webGpuForms } from "../graph/webgpu-forms.ts";
import type { NdArray } from "../ndarray.ts";
import type { Arrays, CompileOptions, Program, Runtime } from "../runtime/runtime.ts";

/** A weight file as an engine wants it: a path in Node, contents in a browser. */
export type WeightFile = string | Uint8Array | Blob;

/** How an engine is told of weight files: one folder, locations inside it. */
export interface WeightPlaces {
  readonly folder?: string;
  location(file: string): string;
  content(file: string): WeightFile | Promise<WeightFile>;
}

/** Places of files that an engine is given as contents. */
export function contentPlaces(content: WeightPlaces["content"]): (files: readonly string[]) => WeightPlaces {
  return (files) => ({ location: (file) => `weights${files.indexOf(file)}`, content });
}

/** Something done to a graph before it is compiled. */
export type GraphTransform = (graph: Graph) => Graph;

export interface ProgramsOptions {
  readonly runtime: Runtime;
  /** Finds the places of the weight files of one graph. */
  readonly places: (files: readonly string[]) => WeightPlaces;
  readonly compile?: CompileOptions;
  /** Transforms simplified graphs of the component that a program's key begins with. */
  readonly transforms?: ReadonlyMap<string, GraphTransform>;
  /** Keep programs between uses. Otherwise each is released after its use, so that only one takes memory at a time. */
  readonly resident: boolean;
}

/** The compiled programs of one pipeline. */
export class Programs {
  readonly #options: ProgramsOptions;
  readonly #compiled = new Map<string, Promise<Program>>();

  constructor(options: ProgramsOptions) {
    this.#options = options;
  }

  get runtime(): Runtime {
    return this.#options.runtime;
  }

  /** The same engine and places, with other options. */
  with(options: Partial<ProgramsOptions>): Programs {
    return new Programs({ ...this.#options, ...options });
  }

  /** Runs a graph once. `key` names it: equal keys mean equal graphs. */
  async run(key: string, build: () => Graph, feeds: Arrays, signal?: AbortSignal): Promise<Record<string, NdArray>> {
    try {
      return await (await this.#program(key, build)).run(feeds, { signal });
    } finally {
      if (!this.#options.resident) await this.release(key);
    }
  }

  /** The program of a graph that is run many times; the caller calls `release` when it is done. */
  async hold(key: string, build: () => Graph): Promise<Program> {
    return await this.#program(key, build);
  }

  /** Ends a `hold`: the program is disposed unless programs are kept. */
  async release(key: string): Promise<void> {
    if (!this.#options.resident) await this.#drop(key);
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.#compiled.keys()].map((key) => this.#drop(key)));
  }

  async #drop(key: string): Promise<void> {
    const program = this.#compiled.get(key);
    this.#compiled.delete(key);
    await program?.then((compiled) => compiled.dispose()).catch(() => {});
  }

  #program(key: string, build: () => Graph): Promise<Program> {
    const known = this.#compiled.get(key);
    if (known) return known;
    const transform = this.#options.transforms?.get(key.split(" ")[0]);
    const graph = simplify(build());
    const ready = transform?.(graph) ?? graph;
    const compiling = compileGraph(this.runtime.device === "webgpu" ? webGpuForms(ready) : ready, this.#options, key);
    this.#compiled.set(key, compiling);
    // A failed compilation is reported to whoever asked, and tried again by the next who asks.
    compiling.catch(() => this.#compiled.delete(key));
    return compiling;
  }
}

/** A graph in an engine, its weights where they lie. `name` is what messages call it. */
export async function compileGraph(
  graph: Graph,
  { runtime, places, compile }: Pick<ProgramsOptions, "runtime" | "places" | "compile">,
  name: string,
): Promise<Program> {
  const where = places(weightFiles(graph));
  const { onnx, inputs, outputs, files } = toOnnx(graph, where.location);
  const contents = await Promise.all(
    [...files].map(async ([location, file]) => [location, await where.content(file)] as const),
  );
  return await runtime.compile(
    { onnx, inputs, outputs, folder: where.folder, weightFiles: new Map(contents), name },
    compile,
  );
}

/** The files that hold the graph's weights. */
function weightFiles(graph: Graph): readonly string[] {
  const files = new Set<string>();
  for (const { source } of leavesOf(graph))
    if ("kind" in source && source.kind === "weight") files.add(source.storage.file);
  return [...files];
}
