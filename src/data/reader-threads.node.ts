/** Reading examples in worker threads, each of which opens the data set for itself. */

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { UsageError } from "../errors.ts";
import type { DatasetSource } from "./dataset.ts";
import type { GeometryOptions } from "./geometry.ts";
import { lanes } from "./lanes.ts";
import type { ExampleReader, Outcome, Reading } from "./read-example.ts";

/** What a thread is started with. */
export interface ReaderSetup {
  readonly source: DatasetSource;
  /** How many examples the data set had when it was first opened. */
  readonly length: number;
  readonly geometry: GeometryOptions | undefined;
}

export interface ReaderRequest extends Reading {
  readonly id: number;
}

export type ReaderReply = { readonly id: number } & (
  | { readonly outcome: Outcome }
  | { readonly error: string; readonly usage: boolean }
);

/** Examples that one thread has in hand: while one is being decoded, another is resized. */
const IN_HAND = 2;

/** Starts `count` threads. They keep the process alive only while something is being read. */
export function readInThreads(setup: ReaderSetup, count: number): ExampleReader {
  const threads = Array.from({ length: count }, () => startThread(setup));
  const inLane = lanes(count * IN_HAND);
  return {
    read: (reading) =>
      inLane(() => threads.reduce((idlest, thread) => (thread.busy() < idlest.busy() ? thread : idlest)).read(reading)),
    async close() {
      await Promise.all(threads.map((thread) => thread.end()));
    },
  };
}

interface Thread {
  /** How many examples it has in hand. */
  busy(): number;
  read(reading: Reading): Promise<Outcome>;
  end(): Promise<void>;
}

function startThread(setup: ReaderSetup): Thread {
  const pending = new Map<number, { resolve(outcome: Outcome): void; reject(error: Error): void }>();
  let lastId = 0;
  let stopped: Error | undefined;
  // The flags of a process that runs source from its command line are refused by a worker, which runs a file.
  const worker = new Worker(workerFile(), { name: "examples", workerData: setup, execArgv: [] });
  worker.unref();

  worker.on("message", (reply: ReaderReply) => {
    const call = pending.get(reply.id);
    pending.delete(reply.id);
    if (pending.size === 0) worker.unref();
    if ("outcome" in reply) call?.resolve(reply.outcome);
    else call?.reject(reply.usage ? new UsageError(reply.error) : new Error(reply.error));
  });
  const stop = (reason: string) => {
    stopped ??= new Error(`the thread that reads examples stopped (${reason})`);
    for (const { reject } of pending.values()) reject(stopped);
    pending.clear();
  };
  worker.on("error", (error) => stop(error.message));
  worker.on("exit", (code) => stop(`exit code ${code}`));

  return {
    busy: () => pending.size,
    read({ index, stream }) {
      if (stopped !== undefined) return Promise.reject(stopped);
      const request: ReaderRequest = { id: ++lastId, index, stream };
      return new Promise((resolve, reject) => {
        pending.set(request.id, { resolve, reject });
        worker.ref();
        worker.postMessage(request);
      });
    },
    async end() {
      await worker.terminate();
    },
  };
}

/** The compiled worker: beside this file, or in dist/ when this file is source that a test runner compiles. */
function workerFile(): string {
  const isSource = import.meta.url.endsWith(".ts");
  const place = isSource ? "../../dist/data/reader-worker.node.js" : "./reader-worker.node.js";
  const file = fileURLToPath(new URL(place, import.meta.url));
  if (!existsSync(file)) throw new UsageError(`${file} is missing: run \`npm run build\``);
  return file;
}
