/** Servers for tests across parts: in this process, or in one of their own that can be killed. */

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ServerOptions } from "../../src/server/serve.ts";
import { fakeEditor } from "../../src/server/server.test-data.ts";

/** A server on a free port of this machine, with an editor that needs no model. */
export function serverOptions(data: string): ServerOptions {
  return {
    ...{ host: "127.0.0.1", port: 0, data, maxQueue: 64, quota: { bytes: 1e9, edits: 10_000 } },
    ...{ log: () => {}, studio: `${data}/no-studio`, software: "instruct-pix2pix 0.0.0" },
    models: [{ id: "fake", editor: fakeEditor() }],
  };
}

/** What a server's process tells of itself. */
export interface Vitals {
  readonly heapUsed: number;
  readonly rss: number;
  /** 99th percentile of the delay of its event loop. */
  readonly lagMs: number;
  readonly warnings: readonly string[][];
}

export interface ServerProcess {
  readonly url: string;
  /** Measures the event loop from now on. */
  watch(): Promise<Vitals>;
  vitals(): Promise<Vitals>;
  /** As `kill -9` does; resolves when it has ended. */
  kill(): Promise<void>;
}

/** Starts `fake-server.mjs`. */
export async function startProcess(data: string, { stepMs = 1, maxQueue = 64 } = {}): Promise<ServerProcess> {
  const file = fileURLToPath(new URL("fake-server.mjs", import.meta.url));
  const child = fork(file, [data, String(stepMs), String(maxQueue)], { execArgv: ["--expose-gc"] });
  const url = await answer<string>(child);
  const ask = (message: string) => {
    const told = answer<Vitals>(child);
    child.send(message);
    return told;
  };
  return {
    url,
    watch: () => ask("watch"),
    vitals: () => ask("vitals"),
    async kill() {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}

async function answer<T>(child: ChildProcess): Promise<T> {
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`the server's process ended with ${code}`);
  });
  const [message] = (await Promise.race([once(child, "message"), ended])) as [T];
  ended.catch(() => {});
  return message;
}

/** Random numbers in [0, 1) that are the same in every run. */
export function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** `#rrggbb`, another for every number. */
export function colourName(i: number): string {
  return `#${((i * 7919) % 0xffffff).toString(16).padStart(6, "0")}`;
}
