/** The one place that spells ONNX Runtime's session options: the engine ignores unknown ones silently. */

import type { InferenceSession } from "onnxruntime-web";
import { invariant } from "../errors.ts";
import type { Device } from "./runtime.ts";

export type SessionOptions = InferenceSession.SessionOptions;

/** Everything that we ever tell the engine about a session. */
export interface SessionSettings {
  readonly device: Device;
  /** Which of several devices (`cuda`, `dml`). Default 0. */
  readonly deviceId?: number;
  /** Threads of one session. Absent: as the engine was set up (`wasm`). */
  readonly threads?: number;
  /** Threads that wait stay awake. Default: they sleep. */
  readonly spin?: boolean;
  /** A node that the device cannot run is an error; otherwise the CPU runs it. */
  readonly strict?: boolean;
  readonly memory?: "fast" | "low";
  readonly foldConstants?: boolean;
  /** `asSaved`: the graph is an optimised copy, whose weights are in their final layout already. */
  readonly weights: "mapped" | "packed" | "asSaved";
  /** The folder that locations of weight files are relative to. */
  readonly weightFolder?: string;
  /** Weight files given as contents, by location. */
  readonly weightContents?: ReadonlyMap<string, Uint8Array | Blob>;
  /** Saves the optimised graph to this path, its weights to a file named `weights` beside it. */
  readonly save?: { readonly graph: string; readonly weights: string };
  /** Outputs that stay in the engine: in the device's own memory where the engine can leave them there (WebGPU). */
  readonly keep?: readonly string[];
}

/** Translates settings into the engine's own options. */
export function sessionOptions(settings: SessionSettings): SessionOptions {
  const { device, deviceId, threads, spin, strict, memory, foldConstants, weights, ...places } = settings;
  const { weightFolder, weightContents, save, keep = [], ...unknown } = places;
  invariant(Object.keys(unknown).length === 0, `unknown session settings ${Object.keys(unknown).join(", ")}`);
  const mapped = weights === "mapped" && onHost(device);
  const lean = memory === "low";
  return {
    executionProviders: [deviceId === undefined ? device : { name: device, deviceId }],
    graphOptimizationLevel: weights === "asSaved" ? "disabled" : mapped ? "extended" : "all",
    enableCpuMemArena: !lean,
    enableMemPattern: false, // it doubles the peak (the second run takes one block beside the first run's) and gains nothing
    logSeverityLevel: 4, // what goes wrong arrives as an exception; a library prints nothing
    extra: {
      "session.intra_op.allow_spinning": spin ? "1" : "0",
      ...(spin ? { "session.force_spinning_stop": "1" } : {}), // between runs they sleep
      ...(mapped || weights === "asSaved" ? { "session.disable_prepacking": "1" } : {}),
      ...(strict ? { "session.disable_cpu_ep_fallback": "1" } : {}),
      ...((foldConstants ?? weights !== "mapped")
        ? {}
        : { "optimization.disable_specified_optimizers": "ConstantFolding" }),
      ...(weightFolder === undefined ? {} : { "session.model_external_initializers_file_folder_path": weightFolder }),
      ...(save === undefined ? {} : { "session.optimized_model_external_initializers_file_name": save.weights }),
    },
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    ...(save === undefined ? {} : { optimizedModelFilePath: save.graph }),
    ...(weightContents === undefined
      ? {}
      : { externalData: [...weightContents].map(([path, data]) => ({ path, data })) }),
    ...(device === "webgpu"
      ? { preferredOutputLocation: Object.fromEntries(keep.map((name) => [name, "gpu-buffer" as const])) }
      : {}),
  };
}

/** Whether the device computes in main memory, where weights can be used in place. */
function onHost(device: Device): boolean {
  return device === "cpu" || device === "wasm";
}
