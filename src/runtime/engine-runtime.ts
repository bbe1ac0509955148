/** The runtime that every platform shares: programs and states over a connection to an engine. */

import { invariant, UsageError } from "../errors.ts";
import { engineError } from "./engine-error.ts";
import { copies, EngineProgram, EngineState } from "./engine-handles.ts";
import type { Arrays, CompiledGraph, CompileOptions, Device, Program, Runtime, State, ValueInfo } from "./runtime.ts";
import {
  type Calls,
  type Candidate,
  type Connection,
  describe,
  type EngineValue,
  type ModuleSettings,
  sameValue,
} from "./session-calls.ts";
import { Turns } from "./turns.ts";

/** What differs between platforms. */
export interface Platform {
  readonly connection: Connection;
  /** How to set up the engine's module, where there is a choice. */
  readonly module?: ModuleSettings;
  /** The devices to try, in order. */
  readonly candidates: readonly Candidate[];
  /** How to get a device that was refused, one sentence. */
  hint(device: Device): string;
  /** Brings a graph into the engine. */
  load(graph: CompiledGraph, options: CompileOptions, engine: OpenEngine): Promise<Calls["compile"]["result"]>;
}

/** The engine that was opened: its device and ONNX Runtime's version. */
export interface OpenEngine {
  readonly device: Device;
  readonly version: string;
}

/** Opens the first device that works. @throws UsageError when none does. */
export async function openRuntime(platform: Platform): Promise<Runtime> {
  const { connection, candidates, module = {} } = platform;
  const opened = await connection.call("open", { candidates, module }).catch(async (error) => {
    await connection.end();
    throw engineError("starting the engine", error);
  });
  const { device, refusals, version, builtIn } = opened;
  const refused = refusals.map((said, i) => ({ name: candidates[i].device, said: said.trim().replace(/\s+/g, " ") }));
  if (device === undefined) {
    await connection.end();
    const reasons = refused.map(
      ({ name, said }) => `${name} cannot be used: ${platform.hint(name)} The engine said: ${said}`,
    );
    const offer = builtIn.length > 0 ? `\nBuilt into the engine installed here: ${builtIn.join(", ")}.` : "";
    throw new UsageError(`${reasons.join("\n")}${offer}`);
  }
  const fallbacks = refused.map(
    ({ name, said }) =>
      `running on ${device}, because ${name} cannot be used: ${platform.hint(name)} The engine said: ${said}`,
  );
  return new EngineRuntime(platform, { device, version }, fallbacks);
}

class EngineRuntime implements Runtime {
  readonly device: Device;
  readonly fallbacks: readonly string[];
  readonly #platform: Platform;
  readonly #engine: OpenEngine;
  readonly #turns: Turns;

  constructor(platform: Platform, engine: OpenEngine, fallbacks: readonly string[]) {
    this.device = engine.device;
    this.fallbacks = fallbacks;
    this.#platform = platform;
    this.#engine = engine;
    this.#turns = new Turns(platform.connection);
  }

  async compile(graph: CompiledGraph, options: CompileOptions = {}): Promise<Program> {
    const keep = options.keep ?? {};
    checkEdges(graph);
    checkKeep(graph, keep);
    const label = `${graph.name ?? "a graph"} on ${this.device}`;
    const load = async () => {
      const loaded = await this.#platform.load(graph, options, this.#engine);
      const fits = sameInterface(loaded.inputs, graph.inputs) && sameInterface(loaded.outputs, graph.outputs);
      if (!fits || options.signal?.aborted) {
        await this.#platform.connection.call("release", { program: loaded.program }); // nobody will hold it
      }
      invariant(
        fits,
        `the graph says ${list(graph.inputs)} → ${list(graph.outputs)}, its bytes ${list(loaded.inputs)} → ${list(loaded.outputs)}`,
      );
      return loaded.program;
    };
    const program = await this.#turns.take(`compiling ${label}`, load, options.signal);
    return new EngineProgram(this.#turns, program, { label, inputs: graph.inputs, outputs: graph.outputs, keep });
  }

  async hold(tensors: Arrays): Promise<State> {
    const state = await this.#turns.call("writing state", "hold", { tensors: copies(tensors) });
    return new EngineState(this.#turns, state, tensors);
  }

  dispose(): Promise<void> {
    return this.#turns.end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}

function checkEdges({ inputs, outputs }: CompiledGraph): void {
  const odd = [...inputs, ...outputs].filter(({ dtype }) => dtype !== "float32" && dtype !== "int32");
  invariant(odd.length === 0, `graph inputs and outputs must be float32 or int32: ${list(odd)}`);
}

/** @throws UsageError when `keep` names no output, or one name twice. */
function checkKeep({ outputs }: CompiledGraph, keep: Readonly<Record<string, string>>): void {
  const unknown = Object.keys(keep).filter((name) => !outputs.some((output) => output.name === name));
  if (unknown.length > 0) throw new UsageError(`keep: the graph has no output ${unknown.join(", ")}`);
  const names = Object.values(keep);
  const twice = names.filter((name, i) => names.indexOf(name) !== i);
  if (twice.length > 0) throw new UsageError(`keep: two outputs would both become ${twice.join(", ")}`);
}

function sameInterface(found: readonly EngineValue[], expected: readonly ValueInfo[]): boolean {
  return found.length === expected.length && found.every((value, i) => sameValue(value, expected[i]));
}

function list(values: readonly (ValueInfo | EngineValue)[]): string {
  return values.map(describe).join(", ");
}
