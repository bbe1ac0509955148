/** What crosses from a runtime to the engine that serves it, in another thread or not: calls and replies of plain data. */

import type { SessionOptions } from "./ort-options.ts";
import type { Arrays, Device, ValueInfo } from "./runtime.ts";

/** A device to try, with the session options that move a tensor to it and back. */
export interface Candidate {
  readonly device: Device;
  readonly download: SessionOptions;
  /** Present when the device can hold tensors between runs. */
  readonly upload?: SessionOptions;
}

/** How the engine's module itself is set up. In Node there is nothing to set. */
export interface ModuleSettings {
  readonly threads?: number;
  /** Where the .wasm files are hosted: a URL ending in `/`, or the files' URLs. */
  readonly wasmPaths?: string | { readonly wasm?: string; readonly mjs?: string };
}

/** Name, element type and shape as the engine reports them; the shape may have symbolic extents. */
export interface EngineValue {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly (number | string)[];
}

interface Call<Argument, Result> {
  readonly argument: Argument;
  readonly result: Result;
}

/** Every call, with its argument and its result. Programs and states are known by number. */
export interface Calls {
  /** Settles on the first candidate that works. */
  readonly open: Call<
    { readonly candidates: readonly Candidate[]; readonly module: ModuleSettings },
    {
      readonly device: Device | undefined;
      readonly refusals: readonly string[];
      readonly version: string;
      readonly builtIn: readonly string[];
    }
  >;
  /** Makes a session of ONNX bytes, or of a model file. `keep` maps outputs to names in a state; see `CompileOptions`. */
  readonly compile: Call<
    {
      readonly model: Uint8Array | string;
      readonly options: SessionOptions;
      readonly keep: Readonly<Record<string, string>>;
      readonly inPlace: boolean;
    },
    { readonly program: number; readonly inputs: readonly EngineValue[]; readonly outputs: readonly EngineValue[] }
  >;
  readonly run: Call<{ readonly program: number; readonly feeds: Arrays; readonly state: number | undefined }, Arrays>;
  readonly release: Call<{ readonly program: number }, void>;
  readonly hold: Call<{ readonly tensors: Arrays }, number>;
  readonly write: Call<{ readonly state: number; readonly tensors: Arrays }, void>;
  readonly read: Call<{ readonly state: number; readonly names: readonly string[] }, Arrays>;
  readonly drop: Call<{ readonly state: number }, void>;
  readonly close: Call<Record<string, never>, void>;
}

export type Method = keyof Calls;

/** The engine's side. */
export type CallHandlers = {
  readonly [M in Method]: (argument: Calls[M]["argument"]) => Promise<Calls[M]["result"]>;
};

/** The runtime's side. Rejects with an `Error` that has the engine's own words. */
export interface Connection {
  call<M extends Method>(method: M, argument: Calls[M]["argument"]): Promise<Calls[M]["result"]>;
  /** Ends the engine, after its `close`. */
  end(): Promise<void>;
}

/** Whether two graph values have one name, element type and shape. */
export function sameValue(a: ValueInfo | EngineValue, b: ValueInfo | EngineValue): boolean {
  const { length } = a.shape;
  if (a.name !== b.name || a.dtype !== b.dtype || length !== b.shape.length) return false;
  return a.shape.every((extent, axis) => extent === b.shape[axis]);
}

/** Graph values as text, for messages: `x float32 [1, 4]`. */
export function describe(value: ValueInfo | EngineValue): string {
  return `${value.name} ${value.dtype} [${value.shape.join(", ")}]`;
}

/** The engine's own words, whatever it threw: WebAssembly without exceptions throws numbers. */
export function errorText(error: unknown): string {
  if (error instanceof Error) return error.message;
  return typeof error === "number" ? `the engine threw the number ${error}, as it does when out of memory` : `${error}`;
}
