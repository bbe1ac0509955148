/** Sets up onnxruntime-web's module. Nothing is fetched from anywhere but where it is hosted. */

import { UsageError } from "../errors.ts";
import { hasWebGpu } from "./page.browser.ts";
import type { Device } from "./runtime.ts";
import type { ModuleSettings } from "./session-calls.ts";
import type { Ort } from "./session-host.ts";

/** The module, ready to drive a device. @throws UsageError where the platform has no WebGPU at all. */
export function configureOrtWeb(ort: Ort, device: Device, { threads, wasmPaths }: ModuleSettings): Ort {
  if (device === "webgpu" && !hasWebGpu()) {
    throw new UsageError("there is no navigator.gpu in this browser, or on this page (it must be https or localhost)");
  }
  ort.env.wasm.numThreads = threads;
  if (wasmPaths !== undefined) ort.env.wasm.wasmPaths = wasmPaths;
  return ort;
}
