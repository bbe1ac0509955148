/** The engine's side of a runtime: owns the sessions and the tensors that stay between runs. Runs in any thread. */

import type { InferenceSession, Tensor } from "onnxruntime-web";
import { invariant } from "../errors.ts";
import type { NdArray } from "../ndarray.ts";
import { dtypeOf, identityModel } from "./identity-model.ts";
import type { SessionOptions } from "./ort-options.ts";
import type { Arrays, Device } from "./runtime.ts";
import {
  type CallHandlers,
  type Calls,
  type Candidate,
  type EngineValue,
  errorText,
  type ModuleSettings,
} from "./session-calls.ts";

/** What is used of the engine's module, the same in onnxruntime-node and onnxruntime-web. */
export type Ort = Pick<typeof import("onnxruntime-web"), "InferenceSession" | "Tensor" | "env"> & {
  readonly listSupportedBackends?: () => readonly { readonly name: string; readonly bundled: boolean }[];
};

interface HostProgram {
  readonly session: InferenceSession;
  readonly keep: Readonly<Record<string, string>>;
  readonly inPlace: boolean;
}

type Held = Map<string, Tensor>;

/** Serves one runtime. `load` brings in the engine's module that can drive a device. */
export class SessionHost implements CallHandlers {
  readonly #load: (device: Device, settings: ModuleSettings) => Promise<Ort>;
  readonly #programs = new Map<number, HostProgram>();
  readonly #states = new Map<number, Held>();
  /** Identity sessions by direction and element type. The first stays open: WebGPU's device dies with its last session. */
  readonly #movers = new Map<string, InferenceSession>();
  #engine: { readonly ort: Ort; readonly candidate: Candidate } | undefined;
  #lastId = 0;

  constructor(load: (device: Device, settings: ModuleSettings) => Promise<Ort>) {
    this.#load = load;
  }

  async open({ candidates, module }: Calls["open"]["argument"]): Promise<Calls["open"]["result"]> {
    const refusals: string[] = [];
    let version = "";
    let builtIn: string[] = [];
    for (const candidate of candidates) {
      try {
        const ort = await this.#load(candidate.device, module);
        ort.env.logLevel = "fatal";
        version = ort.env.versions.common;
        builtIn = (ort.listSupportedBackends?.() ?? []).filter(({ bundled }) => bundled).map(({ name }) => name);
        this.#engine = { ort, candidate };
        const probe = new ort.Tensor("float32", Float32Array.of(1), [1]);
        await (await this.#mover("download", "float32")).run({ x: probe });
        return { device: candidate.device, refusals, version, builtIn };
      } catch (error) {
        this.#engine = undefined;
        refusals.push(errorText(error));
      }
    }
    return { device: undefined, refusals, version, builtIn };
  }

  async compile({ model, options, ...program }: Calls["compile"]["argument"]): Promise<Calls["compile"]["result"]> {
    const session = await this.#session(model, options);
    const id = ++this.#lastId;
    this.#programs.set(id, { session, ...program });
    return { program: id, inputs: values(session.inputMetadata), outputs: values(session.outputMetadata) };
  }

  async run({ program, feeds, state }: Calls["run"]["argument"]): Promise<Arrays> {
    const { session, keep, inPlace } = this.#program(program);
    const held: Held = state === undefined ? new Map() : this.#held(state);
    const inputs: Record<string, Tensor> = {};
    for (const name of session.inputNames) {
      const tensor = Object.hasOwn(feeds, name) ? this.#tensor(feeds[name]) : held.get(name);
      invariant(tensor !== undefined, `nothing to feed to input ${name}`);
      inputs[name] = tensor;
    }
    const places = inPlace ? placesFor(session.outputNames, keep, held) : {};
    const results = await (inPlace ? session.run(inputs, places) : session.run(inputs));
    const outputs: Record<string, NdArray> = {};
    const kept: [string, Tensor][] = [];
    for (const [name, tensor] of Object.entries(results)) {
      if (!Object.hasOwn(keep, name)) outputs[name] = array(tensor as Tensor);
      else if (!places[name]) kept.push([keep[name], tensor as Tensor]);
    }
    for (const [name, tensor] of kept) replace(held, name, tensor);
    return outputs;
  }

  async release({ program }: Calls["release"]["argument"]): Promise<void> {
    const { session } = this.#program(program);
    this.#programs.delete(program);
    await session.release();
  }

  async hold({ tensors }: Calls["hold"]["argument"]): Promise<number> {
    const state = ++this.#lastId;
    this.#states.set(state, new Map());
    await this.write({ state, tensors });
    return state;
  }

  async write({ state, tensors }: Calls["write"]["argument"]): Promise<void> {
    const held = this.#held(state);
    const { upload } = this.#candidate();
    const moved: [string, Tensor][] = [];
    for (const [name, value] of Object.entries(tensors)) {
      const tensor = this.#tensor(value);
      const there = upload && (await (await this.#mover("upload", dtypeOf(value))).run({ x: tensor })).y;
      moved.push([name, (there as Tensor | undefined) ?? tensor]);
    }
    for (const [name, tensor] of moved) replace(held, name, tensor);
  }

  async read({ state, names }: Calls["read"]["argument"]): Promise<Arrays> {
    const held = this.#held(state);
    const read: Record<string, NdArray> = {};
    for (const name of names) {
      const tensor = held.get(name);
      invariant(tensor !== undefined, `no tensor ${name} in the state`);
      if (tensor.location === "cpu") {
        const { shape, data } = array(tensor);
        read[name] = { shape, data: data.slice() }; // the reply may give its buffers away
      } else {
        const here = await (await this.#mover("download", tensor.type as "float32" | "int32")).run({ x: tensor });
        read[name] = array(here.y as Tensor);
      }
    }
    return read;
  }

  async drop({ state }: Calls["drop"]["argument"]): Promise<void> {
    for (const tensor of this.#held(state).values()) discard(tensor);
    this.#states.delete(state);
  }

  async close(): Promise<void> {
    for (const state of [...this.#states.keys()]) await this.drop({ state });
    for (const program of [...this.#programs.keys()]) await this.release({ program });
    for (const session of this.#movers.values()) await session.release();
    this.#movers.clear();
  }

  #candidate(): Candidate {
    invariant(this.#engine !== undefined, "the engine is not open");
    return this.#engine.candidate;
  }

  #program(id: number): HostProgram {
    const program = this.#programs.get(id);
    invariant(program !== undefined, `no program ${id}`);
    return program;
  }

  #held(id: number): Held {
    const state = this.#states.get(id);
    invariant(state !== undefined, `no state ${id}`);
    return state;
  }

  async #session(model: Uint8Array | string, options: SessionOptions): Promise<InferenceSession> {
    invariant(this.#engine !== undefined, "the engine is not open");
    const { InferenceSession } = this.#engine.ort;
    return typeof model === "string"
      ? InferenceSession.create(model, options)
      : InferenceSession.create(model, options);
  }

  async #mover(direction: "upload" | "download", dtype: "float32" | "int32"): Promise<InferenceSession> {
    const key = `${direction} ${dtype}`;
    const options = this.#candidate()[direction];
    invariant(options !== undefined, `the device holds no tensors`);
    const session = this.#movers.get(key) ?? (await this.#session(identityModel(dtype), options));
    this.#movers.set(key, session);
    return session;
  }

  #tensor(value: NdArray): Tensor {
    invariant(this.#engine !== undefined, "the engine is not open");
    const { Tensor } = this.#engine.ort;
    return value.data instanceof Float32Array
      ? new Tensor("float32", value.data, value.shape)
      : new Tensor("int32", value.data, value.shape);
  }
}

function array(tensor: Tensor): NdArray {
  invariant(tensor.location === "cpu", `a tensor to be read is in ${tensor.location}`);
  const { data, dims: shape } = tensor;
  invariant(
    data instanceof Float32Array || data instanceof Int32Array,
    `an output is ${tensor.type}, not float32 or int32`,
  );
  return { shape, data: data as NdArray["data"] };
}

/** Tensors of the state that outputs are written to; null where the engine is to find room itself. */
function placesFor(
  outputs: readonly string[],
  keep: Readonly<Record<string, string>>,
  held: Held,
): Record<string, Tensor | null> {
  const placeOf = (name: string) => {
    const before = Object.hasOwn(keep, name) ? held.get(keep[name]) : undefined;
    return before?.location === "cpu" ? before : null;
  };
  return Object.fromEntries(outputs.map((name) => [name, placeOf(name)]));
}

function replace(held: Held, name: string, tensor: Tensor): void {
  const before = held.get(name);
  held.set(name, tensor);
  if (before !== undefined) discard(before);
}

/** Frees a tensor on the device at once; one in main memory is left to the garbage collector. */
function discard(tensor: Tensor): void {
  if (tensor.location === "gpu-buffer") tensor.dispose();
}

function values(metadata: readonly InferenceSession.ValueMetadata[]): EngineValue[] {
  return metadata.map((value) => {
    invariant(value.isTensor, `${value.name} is not a tensor`);
    return { name: value.name, dtype: value.type, shape: value.shape };
  });
}
