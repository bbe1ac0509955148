/** onnxruntime-web: WebAssembly or WebGPU in a browser, in a Web Worker; WebAssembly in Node, in the calling thread. */

import { UsageError } from "../errors.ts";
import { candidate, chosenDevices, refuseUnknown } from "./device-choice.ts";
import { openRuntime } from "./engine-runtime.ts";
import { configureOrtWeb } from "./ort-module.web.ts";
import { sessionOptions } from "./ort-options.ts";
import { hasWorkers, pageThreads } from "./page.browser.ts";
import type { CompiledGraph, CompileOptions, Device, Runtime } from "./runtime.ts";
import type { CallHandlers, Calls, Connection, Method, ModuleSettings } from "./session-calls.ts";
import { SessionHost } from "./session-host.ts";
import { startBrowserWorker } from "./worker.browser.ts";

/** Devices that onnxruntime-web can use. */
export type WebDevice = "wasm" | "webgpu";

export interface WebRuntimeOptions {
  /** One device, or several in order of preference. Default `wasm`. */
  readonly device?: WebDevice | readonly WebDevice[];
  /** Threads that compute on `wasm`. Default: all, at most 8, where the page is cross-origin isolated, else 1. */
  readonly threads?: number;
  /** A node that the device cannot run is an error; by default `wasm` runs it. */
  readonly strict?: boolean;
  /** Where the engine's .wasm files are hosted: a URL ending in `/`, or the files' URLs. Default: where a bundler put them. */
  readonly wasmPaths?: ModuleSettings["wasmPaths"];
  /** Whether the engine runs in a Web Worker. Default: where there are Web Workers. */
  readonly worker?: boolean;
}

const HINTS: Readonly<Record<WebDevice, string>> = {
  wasm: "its .wasm files must be served by the page's own host (see wasmPaths).",
  webgpu: "it needs a browser with WebGPU on a secure page, and a GPU.",
};

/**
 * Starts onnxruntime-web. No device is silently replaced: one that is named works or this throws; of several, the first
 * that works is used and `fallbacks` says why those before it are not.
 *
 * Weight files are given as contents (`Uint8Array` or, better, `Blob`), not as paths.
 *
 * @throws UsageError when no device works, or an option is not a sensible value.
 */
export async function createWebRuntime(options: WebRuntimeOptions = {}): Promise<Runtime> {
  const {
    device = "wasm",
    threads = pageThreads(),
    strict = false,
    wasmPaths,
    worker = hasWorkers(),
    ...unknown
  } = options;
  refuseUnknown(unknown);
  const devices = chosenDevices(device, threads, HINTS);
  const connection = worker ? startBrowserWorker(devices.includes("webgpu") ? "webgpu" : "wasm") : inThisThread();
  return openRuntime({
    connection,
    module: { threads, wasmPaths },
    candidates: devices.map((name) => candidate({ device: name })),
    hint: (name) => HINTS[name as WebDevice],
    load: (graph, compile, { device }) => load(connection, { device, strict }, graph, compile),
  });
}

function load(
  connection: Connection,
  base: { readonly device: Device; readonly strict: boolean },
  graph: CompiledGraph,
  { weights = "mapped", memory, foldConstants, keep = {} }: CompileOptions,
): Promise<Calls["compile"]["result"]> {
  if (weights === "optimized")
    throw new UsageError('weights: "optimized" needs files, so Node; use "mapped" or "packed"');
  const settings = { ...base, weights, memory, foldConstants, keep: Object.keys(keep) };
  const options = sessionOptions({ ...settings, weightContents: contents(graph) });
  return connection.call("compile", { model: graph.onnx, options, keep, inPlace: false });
}

function contents({ weightFiles }: CompiledGraph): Map<string, Uint8Array | Blob> {
  const found = new Map<string, Uint8Array | Blob>();
  for (const [location, file] of weightFiles) {
    if (typeof file === "string")
      throw new UsageError(`weights of ${location}: expected contents (a Blob), got the path ${file}`);
    found.set(location, file);
  }
  return found;
}

/** An engine without a thread of its own: a run blocks the caller's. */
function inThisThread(): Connection {
  const host: CallHandlers = new SessionHost(async (device, settings) => {
    const ort = device === "webgpu" ? await import("onnxruntime-web/webgpu") : await import("onnxruntime-web/wasm");
    return configureOrtWeb(ort, device, settings);
  });
  return {
    call<M extends Method>(method: M, argument: Calls[M]["argument"]): Promise<Calls[M]["result"]> {
      return host[method](argument);
    },
    async end() {},
  };
}
