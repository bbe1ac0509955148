/** ONNX Runtime in Node, in a worker thread: on the CPU, or on a GPU through WebGPU, CUDA, CoreML or DirectML. */

import { UsageError } from "../errors.ts";
import { candidate, chosenDevices, refuseUnknown } from "./device-choice.ts";
import { type OpenEngine, openRuntime } from "./engine-runtime.ts";
import { optimizedCopy, WEIGHTS } from "./optimized-copy.node.ts";
import { type SessionSettings, sessionOptions } from "./ort-options.ts";
import { usableCores } from "./processor.node.ts";
import type { CompiledGraph, CompileOptions, Device, Runtime } from "./runtime.ts";
import type { Calls, Connection } from "./session-calls.ts";
import { locateWeights } from "./weight-folder.node.ts";
import { startWorker } from "./worker.node.ts";

/** Devices that a runtime in Node can use. */
export type NodeDevice = Exclude<Device, "wasm">;

export interface NodeRuntimeOptions {
  /** One device, or several in order of preference. Default `cpu`. */
  readonly device?: NodeDevice | readonly NodeDevice[];
  /** Which of several devices, for `cuda` and `dml`. Default 0. */
  readonly deviceId?: number;
  /** Threads that compute. Default: the number of cores. */
  readonly threads?: number;
  /** A node that the device cannot run is an error; by default the CPU runs it. */
  readonly strict?: boolean;
  /** Folder for the copies of graphs compiled with `weights: "optimized"`. Made when needed. */
  readonly optimizedCopies?: string;
}

const HINTS: Readonly<Record<NodeDevice, string>> = {
  cpu: "onnxruntime-node has no build for this system.",
  webgpu: "it needs a GPU with a current driver, on Linux a Vulkan driver and libvulkan.so.1.",
  cuda:
    "it needs Linux on x64, CUDA 12 with cuDNN 9 on the library path, and libonnxruntime_providers_shared.so and " +
    "libonnxruntime_providers_cuda.so of the same ONNX Runtime beside libonnxruntime.so.1 in onnxruntime-node.",
  coreml: "it needs macOS.",
  dml: "it needs Windows with DirectX 12.",
};

/**
 * Starts ONNX Runtime in a worker thread. No device is silently replaced: one that is named works or this throws; of
 * several, the first that works is used and `fallbacks` says why those before it are not.
 *
 * @throws UsageError when no device works, or an option is not a sensible value.
 */
export async function createNodeRuntime(options: NodeRuntimeOptions = {}): Promise<Runtime> {
  const { device = "cpu", deviceId, threads = usableCores(), strict = false, optimizedCopies, ...unknown } = options;
  refuseUnknown(unknown);
  const devices = chosenDevices(device, threads, HINTS);
  const connection = startWorker();
  const base = { deviceId, threads };
  return openRuntime({
    connection,
    candidates: devices.map((name) => candidate({ ...base, device: name })),
    hint: (name) => HINTS[name as NodeDevice],
    load: (graph, compile, engine) =>
      load(connection, { ...base, strict }, graph, compile, { ...engine, optimizedCopies }),
  });
}

async function load(
  connection: Connection,
  base: Pick<SessionSettings, "deviceId" | "threads" | "strict">,
  graph: CompiledGraph,
  { weights = "mapped", memory, foldConstants, keep = {}, inPlace = false, spin }: CompileOptions,
  { device, version, optimizedCopies }: OpenEngine & Pick<NodeRuntimeOptions, "optimizedCopies">,
): Promise<Calls["compile"]["result"]> {
  const { folder: weightFolder, files, contents: weightContents } = await locateWeights(graph);
  const settings = { ...base, device, spin, memory, foldConstants, keep: Object.keys(keep) };
  const model = graph.onnx;
  if (weights !== "optimized") {
    const options = sessionOptions({ ...settings, weights, weightFolder, weightContents });
    return connection.call("compile", { model, options, keep, inPlace });
  }
  if (device !== "cpu" || optimizedCopies === undefined || weightContents.size > 0) {
    throw new UsageError(
      `weights: "optimized" needs device cpu, a runtime with optimizedCopies, and weights in files; got device ${device}, ` +
        `optimizedCopies ${optimizedCopies}, ${weightContents.size} weight files given as contents`,
    );
  }
  const copy = await optimizedCopy(optimizedCopies, { onnx: model, files }, version, async (path) => {
    const save = { graph: path, weights: WEIGHTS };
    const options = sessionOptions({ ...settings, weights: "packed", weightFolder, save });
    const { program } = await connection.call("compile", { model, options, keep: {}, inPlace });
    await connection.call("release", { program });
  });
  return connection.call("compile", {
    model: copy,
    options: sessionOptions({ ...settings, weights: "asSaved" }),
    keep,
    inPlace,
  });
}
