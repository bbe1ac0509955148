/** What the page, or the worker, that this runs in can do. Everything is absent in Node. */

/** Whether engines can run in Web Workers. Libraries for Node may define a `Worker` of Node's kind, but no `location`. */
export function hasWorkers(): boolean {
  return "Worker" in globalThis && "location" in globalThis;
}

/** Whether WebGPU can be asked for: the browser has it, and the page is secure. */
export function hasWebGpu(): boolean {
  return "navigator" in globalThis && "gpu" in navigator;
}

/** Threads for WebAssembly: as many as the processor runs, at most 8; one where the page may not share memory. */
export function pageThreads(): number {
  const shares = "crossOriginIsolated" in globalThis && crossOriginIsolated;
  return shares ? Math.min(8, navigator.hardwareConcurrency) : 1;
}
