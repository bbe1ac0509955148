/** What every engine offers: compile a serialised graph once, run it many times, keep state inside between runs. */

import type { DType, NdArray } from "../ndarray.ts";

/** Name, element type and static shape of a graph input or output. */
export interface ValueInfo {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/**
 * A model ready for an engine: ONNX bytes whose large initialisers point into weight files.
 *
 * `weightFiles` maps each `location` used in the bytes to the path of the file (Node) or to its content (anywhere). In
 * Node the locations are relative to one folder, see `weightFolder`; contents are best given as a `Blob`, which is
 * handed to an engine's worker without a copy.
 */
export interface CompiledGraph {
  readonly onnx: Uint8Array;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly weightFiles: ReadonlyMap<string, string | Uint8Array | Blob>;
  /** The folder that the locations of `weightFiles` are relative to. Absent: their nearest common folder. */
  readonly folder?: string;
  /** What messages call this graph, e.g. `unet`. */
  readonly name?: string;
}

/** Names under which execution providers are chosen. */
export type Device = "cpu" | "webgpu" | "cuda" | "coreml" | "dml" | "wasm";

/** Host tensors by name: a graph's feeds and results. */
export type Arrays = Readonly<Record<string, NdArray>>;

export interface RunOptions {
  /** Rejects with the signal's reason as soon as it fires; the engine's current run is left to finish unseen. */
  readonly signal?: AbortSignal;
  /** Where inputs that are not fed come from, and where outputs that the program keeps go to. */
  readonly state?: State;
}

/** A compiled graph inside an engine. Release it with `dispose()`; using it afterwards is an error. */
export interface Program extends AsyncDisposable {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /**
   * Runs the graph. Feeds are float32 or int32, shapes must equal `inputs`; they are copied before this returns.
   *
   * @returns the outputs, less those that the program keeps in `options.state`.
   * @throws ShapeError when a feed is missing, unknown, or of another type or shape.
   */
  run(feeds: Arrays, options?: RunOptions): Promise<Record<string, NdArray>>;
  /** Releases the program after the runs that were asked for before. */
  dispose(): Promise<void>;
}

/**
 * Tensors that stay inside an engine from run to run: parameters and optimiser moments during training. A program reads
 * them as the inputs of their names and replaces them with the outputs that it was compiled to `keep`; all are replaced
 * together when a run succeeds, none when it fails (but see `inPlace`). After an aborted run either may be the case: read
 * before relying on it.
 */
export interface State extends AsyncDisposable {
  /** The tensors held, as of the last settled call. */
  readonly values: readonly ValueInfo[];
  /** Copies tensors out; all of them unless `names` says which. */
  read(names?: readonly string[]): Promise<Record<string, NdArray>>;
  /** Sets tensors, replacing those of the same names and adding the others. */
  write(tensors: Arrays): Promise<void>;
  dispose(): Promise<void>;
}

/** An engine on one device. Does one thing at a time, in the order of the calls. */
export interface Runtime extends AsyncDisposable {
  /** The device graphs really run on, after any fallback. */
  readonly device: Device;
  /** One sentence for each device that was asked for and could not be used. */
  readonly fallbacks: readonly string[];
  compile(graph: CompiledGraph, options?: CompileOptions): Promise<Program>;
  /** Moves tensors into the engine, to be shared by any of its programs. */
  hold(tensors: Arrays): Promise<State>;
  /** Releases every program and state after the calls made before. Calls made later are errors. */
  dispose(): Promise<void>;
}

/**
 * How weights are held.
 *
 * - `mapped`: memory-mapped from their files; ready at once, small private memory.
 * - `packed`: copied into the engine's fastest layout; slower to load, weights' size again in private memory.
 * - `optimized` (Node, device `cpu`): the fastest layout is saved to disk once per machine and mapped from there; as quick
 *   to load as `mapped`, as quick to run as `packed`, weights' size again on disk.
 */
export type WeightMode = "mapped" | "packed" | "optimized";

export interface CompileOptions {
  /** `mapped` unless told otherwise. On a GPU `mapped` and `packed` differ only in the default of `foldConstants`. */
  readonly weights?: WeightMode;
  /**
   * `fast` (default) keeps freed buffers for the next run; `low` gives them back at once: a lower peak, slower runs.
   */
  readonly memory?: "fast" | "low";
  /**
   * Whether what depends on weights alone is computed once, at load. Such results live in private memory: half-precision
   * weights would be held as float32. Default: only when weights are not `mapped`.
   */
  readonly foldConstants?: boolean;
  /** Outputs that stay in the engine, each with the name it takes in the run's `state`. */
  readonly keep?: Readonly<Record<string, string>>;
  /**
   * Lets kept outputs be written over the state's tensors that they replace, where those are in main memory: half the
   * memory. Only for graphs in which nothing reads a tensor once its successor is computed, and a run that fails may leave
   * some tensors replaced. Default false.
   */
  readonly inPlace?: boolean;
  /**
   * Whether threads that wait for their part of a run stay awake: quicker, while nothing else wants the processor. They
   * sleep between runs all the same. Default false; without effect on a GPU and in browsers.
   */
  readonly spin?: boolean;
  readonly signal?: AbortSignal;
}
