/** Reads the `config.json` of a component: every key is honoured or refused by name, never silently ignored. */

import { CheckpointError } from "../errors.ts";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** Hands out the keys of one configuration and remembers which were asked for. */
export class ConfigReader {
  readonly #config: JsonObject;
  readonly #where: string;
  readonly #asked = new Set<string>();

  /** @param where names the file in messages, e.g. `unet/config.json` */
  constructor(config: JsonObject, where: string) {
    this.#config = config;
    this.#where = where;
  }

  #get(key: string): Json | undefined {
    this.#asked.add(key);
    return this.#config[key];
  }

  #fail(key: string, expected: string): never {
    const came = JSON.stringify(this.#config[key]);
    throw new CheckpointError(`${this.#where}: expected "${key}" to be ${expected}, got ${came}`);
  }

  number(key: string, fallback: number): number {
    const value = this.#get(key) ?? fallback;
    return typeof value === "number" && Number.isFinite(value) ? value : this.#fail(key, "a number");
  }

  /** An integer from 0 up. */
  whole(key: string, fallback: number): number {
    const value = this.number(key, fallback);
    return Number.isInteger(value) && value >= 0 ? value : this.#fail(key, "an integer from 0 up");
  }

  /** A positive integer. */
  count(key: string, fallback: number): number {
    const value = this.#get(key) ?? fallback;
    return typeof value === "number" && Number.isInteger(value) && value > 0
      ? value
      : this.#fail(key, "a positive integer");
  }

  boolean(key: string, fallback: boolean): boolean {
    const value = this.#get(key) ?? fallback;
    return typeof value === "boolean" ? value : this.#fail(key, "true or false");
  }

  string<Choice extends string>(key: string, fallback: Choice, choices: readonly Choice[]): Choice {
    const value = this.#get(key) ?? fallback;
    const choice = choices.find((name) => name === value);
    return choice ?? this.#fail(key, `one of ${choices.join(", ")}`);
  }

  /** Positive integers; `length` many, where a single number stands for all of them. */
  counts(key: string, fallback: number | readonly number[], length?: number): readonly number[] {
    const value = this.#get(key) ?? fallback;
    if (typeof value === "number" && length === undefined) this.#fail(key, "a list of positive integers");
    const list = typeof value === "number" ? new Array<number>(length ?? 0).fill(value) : value;
    if (!Array.isArray(list)) this.#fail(key, "a list of positive integers");
    const numbers: number[] = [];
    for (const item of list) {
      if (typeof item !== "number" || !Number.isInteger(item) || item <= 0) this.#fail(key, "positive integers");
      numbers.push(item);
    }
    if (length !== undefined && numbers.length !== length) this.#fail(key, `${length} numbers, one for each block`);
    return numbers;
  }

  /** Names, each one of `choices`. */
  names(key: string, fallback: readonly string[], choices: readonly string[]): readonly string[] {
    const value = this.#get(key) ?? fallback;
    if (!Array.isArray(value)) this.#fail(key, "a list of names");
    return value.map((name) =>
      typeof name === "string" && choices.includes(name) ? name : this.#fail(key, `made of ${choices.join(", ")}`),
    );
  }

  /** Keys that must have this value (or be absent), because nothing else is implemented. Null is no better than false. */
  fixed(values: JsonObject): this {
    for (const [key, value] of Object.entries(values)) {
      const came = this.#get(key);
      const same = JSON.stringify(came) === JSON.stringify(value) || (came === null && value === false);
      if (came !== undefined && !same) this.#fail(key, `${JSON.stringify(value)} (no other value is supported)`);
    }
    return this;
  }

  /** Keys that may be absent but not null, which would switch off what cannot be switched off here. */
  notNull(keys: readonly string[]): this {
    for (const key of keys) if (this.#get(key) === null) this.#fail(key, "a value");
    return this;
  }

  /** Keys without influence on what the model computes here. */
  ignored(keys: readonly string[]): this {
    for (const key of keys) this.#get(key);
    return this;
  }

  /** @throws CheckpointError naming the first key that nobody asked for, unless it is switched off. */
  finish(): void {
    for (const [key, value] of Object.entries(this.#config)) {
      const off = value === null || value === false;
      if (!this.#asked.has(key) && !key.startsWith("_") && !off) {
        throw new CheckpointError(
          `${this.#where}: "${key}": ${JSON.stringify(value)} is not supported; this model needs a feature that is not implemented`,
        );
      }
    }
  }
}
