import { once } from "node:events";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { afterEach, describe, expect, test } from "vitest";
import type { CallHandlers } from "./session-calls.ts";
import { answer, connect, type WorkerPort } from "./session-channel.ts";

/** Handlers that fail unless given. */
function handlers(some: Partial<CallHandlers>): CallHandlers {
  const refuse = async () => Promise.reject(new Error("not expected here"));
  const all = { open: refuse, compile: refuse, run: refuse, release: refuse, hold: refuse, write: refuse };
  return { ...all, read: refuse, drop: refuse, close: refuse, ...some };
}

let ports: MessagePort[] = [];
afterEach(() => {
  for (const port of ports) port.close();
  ports = [];
});

/** A channel to handlers, over a real message channel; `stop` stands for the worker's end. */
function channel(some: Partial<CallHandlers>) {
  const { port1, port2 } = new MessageChannel();
  ports.push(port1, port2);
  port2.on("message", (message) =>
    answer(handlers(some), message, (reply, transfer) => port2.postMessage(reply, transfer)),
  );
  let stop = (_reason: string) => {};
  const busy: boolean[] = [];
  const port: WorkerPort = {
    post: (message, transfer) => port1.postMessage(message, transfer),
    listen(onMessage, onStop) {
      port1.on("message", onMessage);
      stop = onStop;
    },
    awaiting: (state) => busy.push(state),
    async end() {
      port1.close();
      await once(port1, "close");
    },
  };
  const connection = connect(port);
  return { connection, busy, stop: (reason: string) => stop(reason) };
}

describe("a channel", () => {
  test("carries arguments and results, and gives buffers away on both sides", async () => {
    const made: Float32Array[] = [];
    const { connection, busy } = channel({
      async run({ feeds }) {
        const data = Float32Array.from(feeds.x.data, (value) => 2 * value);
        made.push(data);
        return { y: { shape: feeds.x.shape, data } };
      },
    });
    const data = Float32Array.of(1, 2, 3);
    const { y } = await connection.call("run", { program: 1, feeds: { x: { shape: [3], data } }, state: undefined });
    expect(y).toEqual({ shape: [3], data: Float32Array.of(2, 4, 6) });
    expect(data.length).toBe(0);
    expect(made[0].length).toBe(0);
    expect(busy).toEqual([true, false]);
  });

  test("carries errors in the engine's words", async () => {
    const { connection } = channel({ hold: async () => Promise.reject(new Error("the engine's words")) });
    await expect(connection.call("hold", { tensors: {} })).rejects.toThrow("the engine's words");
    await expect(connection.call("drop", { state: 1 })).rejects.toThrow("not expected here");
  });

  test("when the worker stops, what is pending and what comes later rejects with the reason", async () => {
    const { connection, stop } = channel({ hold: () => new Promise(() => {}) });
    const pending = [connection.call("hold", { tensors: {} }), connection.call("hold", { tensors: {} })];
    stop("the thread fell over");
    stop("and exited");
    for (const call of pending) await expect(call).rejects.toThrow("the thread fell over");
    await expect(connection.call("close", {})).rejects.toThrow("the thread fell over");
  });
});
