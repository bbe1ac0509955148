/** Starts the thread that ONNX Runtime's sessions live in. */

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { UsageError } from "../errors.ts";
import type { Connection } from "./session-calls.ts";
import { connect } from "./session-channel.ts";

const LOST = "its programs and states are lost; create a new runtime";

/** A connection to a fresh worker. The worker keeps the process alive only while a reply is awaited. */
export function startWorker(): Connection {
  // The flags of a process that runs source from its command line are refused by a worker, which runs a file.
  const worker = new Worker(workerFile(), { name: "onnxruntime", execArgv: [] });
  return connect({
    post: (message, transfer) => worker.postMessage(message, transfer),
    listen(onMessage, onStop) {
      worker.on("message", onMessage);
      worker.on("error", (error) => onStop(`the engine's thread stopped (${error.message}): ${LOST}`));
      worker.on("exit", (code) => onStop(`the engine's thread stopped (exit code ${code}): ${LOST}`));
    },
    awaiting: (busy) => (busy ? worker.ref() : worker.unref()),
    async end() {
      await worker.terminate();
    },
  });
}

/** The compiled worker: beside this file, or in dist/ when this file is source that a test runner compiles. */
function workerFile(): string {
  const isSource = import.meta.url.endsWith(".ts");
  const place = isSource ? "../../dist/runtime/session-worker.node.js" : "./session-worker.node.js";
  const file = fileURLToPath(new URL(place, import.meta.url));
  if (!existsSync(file)) throw new UsageError(`${file} is missing: run \`npm run build\``);
  return file;
}
