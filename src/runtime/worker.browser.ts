/** Starts the Web Worker that onnxruntime-web's sessions live in. */

import type { Connection } from "./session-calls.ts";
import { connect } from "./session-channel.ts";

/** A connection to a fresh worker that can drive the device: WebGPU's can drive WebAssembly as well. */
export function startBrowserWorker(device: "wasm" | "webgpu"): Connection {
  // Bundlers find the workers' files by these very expressions.
  const worker =
    device === "wasm"
      ? new Worker(new URL("./session-worker-wasm.browser.js", import.meta.url), {
          type: "module",
          name: "onnxruntime",
        })
      : new Worker(new URL("./session-worker-webgpu.browser.js", import.meta.url), {
          type: "module",
          name: "onnxruntime",
        });
  return connect({
    post: (message, transfer) => worker.postMessage(message, transfer),
    listen(onMessage, onStop) {
      worker.onmessage = ({ data }: MessageEvent<unknown>) => onMessage(data);
      worker.onmessageerror = () => onStop("the engine's worker sent what cannot be received");
      worker.onerror = ({ message }) =>
        onStop(`the engine's worker failed (${message || "its script did not load"}); create a new runtime`);
    },
    awaiting: () => {}, // a worker never keeps a page open
    async end() {
      worker.terminate();
    },
  });
}
