/** Taking turns at an engine: one call at a time, in order, errors explained, nothing after the end. */

import { UsageError } from "../errors.ts";
import { engineError } from "./engine-error.ts";
import { Queue } from "./queue.ts";
import type { Calls, Connection, Method } from "./session-calls.ts";

/** The engine of one runtime, as its programs and states see it. */
export class Turns {
  readonly #connection: Connection;
  readonly #queue = new Queue();
  #end: Promise<void> | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Calls the engine when its turn comes. What goes wrong is told as having happened while `doing`. */
  call<M extends Method>(
    doing: string,
    method: M,
    argument: Calls[M]["argument"],
    signal?: AbortSignal,
  ): Promise<Calls[M]["result"]> {
    return this.take(doing, () => this.#connection.call(method, argument), signal);
  }

  /** Does a job of several calls in one turn. */
  async take<T>(doing: string, job: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#end !== undefined) throw new UsageError("this runtime was disposed of; create another");
    const explained = async () => {
      try {
        return await job();
      } catch (error) {
        throw engineError(doing, error);
      }
    };
    return this.#queue.add(explained, signal);
  }

  /** Frees something of the engine. Nothing is left to do once the whole engine ended. */
  async free<M extends "release" | "drop">(method: M, argument: Calls[M]["argument"]): Promise<void> {
    await (this.#end ?? this.call("releasing", method, argument));
  }

  /** Ends the engine after the calls made before. */
  end(): Promise<void> {
    this.#end ??= this.#queue.add(async () => {
      await this.#connection.call("close", {}).catch(() => {}); // an engine that stopped has nothing to close
      await this.#connection.end();
    });
    return this.#end;
  }
}
