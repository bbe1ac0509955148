/** What callers hold of an engine: a compiled program, and the state that stays inside between its runs. */

import { ShapeError, UsageError } from "../errors.ts";
import { type NdArray, ndarray } from "../ndarray.ts";
import { dtypeOf } from "./identity-model.ts";
import type { Arrays, Program, RunOptions, State, ValueInfo } from "./runtime.ts";
import { describe, sameValue } from "./session-calls.ts";
import type { Turns } from "./turns.ts";

/** What a program knows of its graph. `label` names it in messages: `unet on cpu`. */
export interface ProgramFacts {
  readonly label: string;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly keep: Readonly<Record<string, string>>;
}

/** Handle of a compiled graph. */
export class EngineProgram implements Program {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly #turns: Turns;
  readonly #id: number;
  readonly #facts: ProgramFacts;
  /** What a run puts into its state. */
  readonly #kept: readonly ValueInfo[];
  #disposed: Promise<void> | undefined;

  constructor(turns: Turns, id: number, facts: ProgramFacts) {
    this.inputs = facts.inputs;
    this.outputs = facts.outputs;
    this.#turns = turns;
    this.#id = id;
    this.#facts = facts;
    const kept = facts.outputs.filter(({ name }) => Object.hasOwn(facts.keep, name));
    this.#kept = kept.map((output) => ({ ...output, name: facts.keep[output.name] }));
  }

  async run(feeds: Arrays, { signal, state }: RunOptions = {}): Promise<Record<string, NdArray>> {
    const { label } = this.#facts;
    if (this.#disposed !== undefined) throw new UsageError(`${label}: this program was disposed of`);
    const held = state === undefined ? undefined : this.#own(state);
    if (held === undefined && this.#kept.length > 0) {
      throw new UsageError(`${label}: this program keeps ${list(this.#kept)}; run it with a state to keep them in`);
    }
    this.#checkFeeds(feeds, held);
    const argument = { program: this.#id, feeds: copies(feeds), state: held?.id };
    const results = await this.#turns.call(`running ${label}`, "run", argument, signal);
    held?.note(this.#kept);
    return results;
  }

  dispose(): Promise<void> {
    this.#disposed ??= this.#turns.free("release", { program: this.#id });
    return this.#disposed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  #own(state: State): EngineState {
    if (!(state instanceof EngineState) || !state.isOf(this.#turns)) {
      throw new UsageError(`${this.#facts.label}: the state belongs to another runtime`);
    }
    state.assertUsable();
    return state;
  }

  #checkFeeds(feeds: Arrays, held: EngineState | undefined): void {
    const { label, inputs } = this.#facts;
    const known = new Set(inputs.map(({ name }) => name));
    const unknown = Object.keys(feeds).filter((name) => !known.has(name));
    if (unknown.length > 0) throw new ShapeError(`${label} has no input ${unknown.join(", ")}; it has ${list(inputs)}`);
    for (const input of inputs) {
      const { name } = input;
      const value = Object.hasOwn(feeds, name) ? info(name, feeds[name]) : held?.info(name);
      if (value === undefined) throw new ShapeError(`${label}: input ${describe(input)} is neither fed nor in a state`);
      if (!sameValue(value, input)) {
        throw new ShapeError(`${label}: expected input ${describe(input)}, got ${describe(value)}`);
      }
    }
  }
}

/** Handle of tensors that stay in the engine. */
export class EngineState implements State {
  readonly id: number;
  readonly #turns: Turns;
  readonly #values = new Map<string, ValueInfo>();
  #disposed: Promise<void> | undefined;

  constructor(turns: Turns, id: number, tensors: Arrays) {
    this.id = id;
    this.#turns = turns;
    this.note(infos(tensors));
  }

  get values(): readonly ValueInfo[] {
    return [...this.#values.values()];
  }

  /** What is held under a name. */
  info(name: string): ValueInfo | undefined {
    return this.#values.get(name);
  }

  /** Records what a write or a run has put in. */
  note(values: readonly ValueInfo[]): void {
    for (const value of values) this.#values.set(value.name, value);
  }

  isOf(turns: Turns): boolean {
    return this.#turns === turns;
  }

  async read(names?: readonly string[]): Promise<Record<string, NdArray>> {
    this.assertUsable();
    const wanted = names ?? [...this.#values.keys()];
    const missing = wanted.filter((name) => !this.#values.has(name));
    if (missing.length > 0)
      throw new UsageError(`the state holds no ${missing.join(", ")}; it holds ${list(this.values)}`);
    return this.#turns.call("reading state", "read", { state: this.id, names: wanted });
  }

  async write(tensors: Arrays): Promise<void> {
    this.assertUsable();
    await this.#turns.call("writing state", "write", { state: this.id, tensors: copies(tensors) });
    this.note(infos(tensors));
  }

  dispose(): Promise<void> {
    this.#disposed ??= this.#turns.free("drop", { state: this.id });
    return this.#disposed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  /** @throws UsageError after `dispose()`. */
  assertUsable(): void {
    if (this.#disposed !== undefined) throw new UsageError("this state was disposed of");
  }
}

/** Copies of tensors in buffers of their own, which can be given away. */
export function copies(tensors: Arrays): Record<string, NdArray> {
  const own = ([name, { shape, data }]: [string, NdArray]) => [name, { shape, data: data.slice() }];
  return Object.fromEntries(Object.entries(tensors).map(own));
}

/** @throws ShapeError when the data does not fill the shape. */
function info(name: string, value: NdArray): ValueInfo {
  const { shape } = ndarray(value.data, value.shape);
  return { name, dtype: dtypeOf(value), shape };
}

function infos(tensors: Arrays): ValueInfo[] {
  return Object.entries(tensors).map(([name, value]) => info(name, value));
}

/** The first few values, for messages. */
function list(values: readonly ValueInfo[]): string {
  if (values.length === 0) return "nothing";
  const rest = values.length > 6 ? ` and ${values.length - 6} more` : "";
  return values.slice(0, 6).map(describe).join(", ") + rest;
}
