import { expect, test } from "vitest";
import { sessionOptions } from "./ort-options.ts";

const SLEEP = { "session.intra_op.allow_spinning": "0" };
const NO_FOLDING = { "optimization.disable_specified_optimizers": "ConstantFolding" };
const NO_PACKING = { "session.disable_prepacking": "1" };

test("mapped weights are neither packed, reordered nor folded", () => {
  expect(sessionOptions({ device: "cpu", threads: 3, weights: "mapped", weightFolder: "/models" })).toEqual({
    executionProviders: ["cpu"],
    graphOptimizationLevel: "extended",
    intraOpNumThreads: 3,
    enableCpuMemArena: true,
    enableMemPattern: false,
    logSeverityLevel: 4,
    extra: {
      ...SLEEP,
      ...NO_PACKING,
      ...NO_FOLDING,
      "session.model_external_initializers_file_folder_path": "/models",
    },
  });
});

test("packed weights get every optimisation", () => {
  const { graphOptimizationLevel, extra } = sessionOptions({ device: "cpu", weights: "packed" });
  expect(graphOptimizationLevel).toBe("all");
  expect(extra).toEqual(SLEEP);
});

test("threads that spin in a run sleep after it", () => {
  const { extra } = sessionOptions({ device: "cpu", weights: "packed", spin: true });
  expect(extra).toEqual({ "session.intra_op.allow_spinning": "1", "session.force_spinning_stop": "1" });
});

test("folding is the caller's choice", () => {
  expect(sessionOptions({ device: "cpu", weights: "packed", foldConstants: false }).extra).toEqual({
    ...SLEEP,
    ...NO_FOLDING,
  });
  expect(sessionOptions({ device: "cpu", weights: "mapped", foldConstants: true }).extra).toEqual({
    ...SLEEP,
    ...NO_PACKING,
  });
});

test("an optimised copy is saved with everything and loaded with nothing", () => {
  const save = sessionOptions({ device: "cpu", weights: "packed", save: { graph: "/c/g.onnx", weights: "w.bin" } });
  expect(save.optimizedModelFilePath).toBe("/c/g.onnx");
  expect(save.extra).toEqual({ ...SLEEP, "session.optimized_model_external_initializers_file_name": "w.bin" });
  const load = sessionOptions({ device: "cpu", weights: "asSaved" });
  expect(load.graphOptimizationLevel).toBe("disabled");
  expect(load.extra).toEqual({ ...SLEEP, ...NO_PACKING });
});

test("little memory costs the arena and the plan", () => {
  const { enableCpuMemArena, enableMemPattern } = sessionOptions({ device: "cpu", weights: "mapped", memory: "low" });
  expect([enableCpuMemArena, enableMemPattern]).toEqual([false, false]);
});

test("a GPU has its own memory for weights, and keeps outputs there", () => {
  const { graphOptimizationLevel, preferredOutputLocation, extra } = sessionOptions({
    device: "webgpu",
    weights: "mapped",
    strict: true,
    keep: ["w_next"],
  });
  expect(graphOptimizationLevel).toBe("all");
  expect(preferredOutputLocation).toEqual({ w_next: "gpu-buffer" });
  expect(extra).toEqual({ ...SLEEP, ...NO_FOLDING, "session.disable_cpu_ep_fallback": "1" });
  expect(sessionOptions({ device: "cpu", weights: "mapped", keep: ["w_next"] })).not.toHaveProperty(
    "preferredOutputLocation",
  );
});

test("one of several devices, and weights as contents", () => {
  const content = Uint8Array.of(1, 2);
  const options = sessionOptions({
    device: "cuda",
    deviceId: 1,
    weights: "packed",
    weightContents: new Map([["w", content]]),
  });
  expect(options.executionProviders).toEqual([{ name: "cuda", deviceId: 1 }]);
  expect(options.externalData).toEqual([{ path: "w", data: content }]);
});

test("a setting that does not exist is refused, where the engine would swallow it", () => {
  const settings = { device: "cpu", weights: "mapped", freeDimensionOverrides: { b: 4 } } as const;
  expect(() => sessionOptions(settings)).toThrow("internal: unknown session settings freeDimensionOverrides");
});
