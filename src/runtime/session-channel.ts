/** Calls over a message port: how a runtime and the engine in its worker talk. */

import type { NdArray } from "../ndarray.ts";
import { type CallHandlers, type Calls, type Connection, errorText, type Method } from "./session-calls.ts";

interface Request<M extends Method> {
  readonly id: number;
  readonly method: M;
  readonly argument: Calls[M]["argument"];
}

type Reply = { readonly id: number } & ({ readonly result: unknown } | { readonly error: string });

/** A worker seen from outside. */
export interface WorkerPort {
  post(message: unknown, transfer: ArrayBuffer[]): void;
  /** `onStop` is told, once, why the worker will never reply again. */
  listen(onMessage: (message: unknown) => void, onStop: (reason: string) => void): void;
  /** Whether a reply is awaited: an idle worker need not keep a process alive. */
  awaiting(busy: boolean): void;
  end(): Promise<void>;
}

/** The runtime's end of the channel. */
export function connect(port: WorkerPort): Connection {
  const pending = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  let lastId = 0;
  let stopped: Error | undefined;

  const settle = (message: unknown) => {
    const reply = message as Reply;
    const call = pending.get(reply.id);
    pending.delete(reply.id);
    port.awaiting(pending.size > 0);
    if ("error" in reply) call?.reject(new Error(reply.error));
    else call?.resolve(reply.result);
  };
  const stop = (reason: string) => {
    stopped ??= new Error(reason);
    for (const { reject } of pending.values()) reject(stopped);
    pending.clear();
  };
  port.listen(settle, stop);

  return {
    call<M extends Method>(method: M, argument: Calls[M]["argument"]): Promise<Calls[M]["result"]> {
      if (stopped !== undefined) return Promise.reject(stopped);
      const request: Request<M> = { id: ++lastId, method, argument };
      return new Promise<Calls[M]["result"]>((resolve, reject) => {
        pending.set(request.id, { resolve: resolve as (result: unknown) => void, reject });
        port.awaiting(true);
        port.post(request, arrayBuffers(argument));
      });
    },
    end: () => port.end(),
  };
}

/** The engine's end: answers one request. */
export async function answer(
  handlers: CallHandlers,
  message: unknown,
  post: (reply: unknown, transfer: ArrayBuffer[]) => void,
): Promise<void> {
  const request = message as Request<Method>;
  try {
    const result = await handle(handlers, request);
    post({ id: request.id, result }, arrayBuffers(result));
  } catch (error) {
    post({ id: request.id, error: errorText(error) }, []);
  }
}

function handle<M extends Method>(
  handlers: CallHandlers,
  { method, argument }: Request<M>,
): Promise<Calls[M]["result"]> {
  return handlers[method](argument);
}

/** The buffers of the host tensors in a message; sender and receiver never share one, so they can be given away. */
function arrayBuffers(content: unknown): ArrayBuffer[] {
  const found = new Set<ArrayBuffer>();
  const visit = (value: unknown, depth: number) => {
    if (typeof value !== "object" || value === null || depth > 2) return;
    if (isNdArray(value)) found.add(value.data.buffer as ArrayBuffer);
    else for (const part of Object.values(value)) visit(part, depth + 1);
  };
  visit(content, 0);
  return [...found];
}

function isNdArray(value: object): value is NdArray {
  return "data" in value && (value.data instanceof Float32Array || value.data instanceof Int32Array);
}
