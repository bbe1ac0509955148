/** What every engine offers: compile a serialised graph once, run it many times. */

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
 * `weightFiles` maps each `location` used in the bytes to the absolute path of the file (Node) or to its bytes (browser).
 */
export interface CompiledGraph {
  readonly onnx: Uint8Array;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly weightFiles: ReadonlyMap<string, string | Uint8Array>;
}

/** Names under which execution providers are chosen. */
export type Device = "cpu" | "webgpu" | "cuda" | "coreml" | "dml" | "wasm";

export interface RunOptions {
  /** Rejects with the signal's reason as soon as it fires; the engine's current run is left to finish unseen. */
  readonly signal?: AbortSignal;
}

/** A compiled graph inside an engine. Release it with `dispose()`; using it afterwards is an error. */
export interface Program extends AsyncDisposable {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** Runs the graph. Feeds are float32 or int32, shapes must equal `inputs`. Inputs are not modified. */
  run(feeds: Readonly<Record<string, NdArray>>, options?: RunOptions): Promise<Record<string, NdArray>>;
  dispose(): Promise<void>;
}

/** An engine on one device. Runs one graph at a time, in order of the calls. */
export interface Runtime extends AsyncDisposable {
  /** The device graphs really run on, after any fallback. */
  readonly device: Device;
  /** One sentence for each device that was asked for and could not be used. */
  readonly fallbacks: readonly string[];
  compile(graph: CompiledGraph, options?: CompileOptions): Promise<Program>;
  dispose(): Promise<void>;
}

export interface CompileOptions {
  /**
   * `mapped` (default): weights stay memory-mapped from their files; ready at once, small private memory.
   * `packed`: the engine copies weights into its fastest layout; slower to load, weights' size again in private memory.
   */
  readonly weights?: "mapped" | "packed";
  readonly signal?: AbortSignal;
}
