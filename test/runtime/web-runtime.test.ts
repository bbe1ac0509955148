import { expect, test } from "vitest";
import { UsageError } from "../../src/errors.ts";
import { ndarray } from "../../src/ndarray.ts";
import { createWebRuntime, type WebDevice } from "../../src/runtime/ort.web.ts";
import { float32, tinyGraph } from "./tiny-onnx.ts";

const { onnx, inputs, outputs } = tinyGraph({
  inputs: [float32("x", 2)],
  outputs: [float32("y", 2)],
  initializers: [{ name: "w", dtype: "float32", shape: [2], location: "w.bin", offset: 0 }],
  nodes: [{ op: "Add", inputs: ["x", "w"], outputs: ["y"] }],
});
const graph = (w: string | Uint8Array) => ({ onnx, inputs, outputs, weightFiles: new Map([["w.bin", w]]) });

test("weights are contents, not paths", async () => {
  await using runtime = await createWebRuntime();
  await expect(runtime.compile(graph("/models/w.bin"))).rejects.toThrow(
    /w\.bin: expected contents \(a Blob\), got the path/,
  );
  await expect(runtime.compile(graph(new Uint8Array(8)), { weights: "optimized" })).rejects.toThrow(UsageError);
  await expect(runtime.compile(graph(new Uint8Array(4)))).rejects.toThrow(/a weight file is missing or shorter/);
  await using program = await runtime.compile(graph(new Uint8Array(Float32Array.of(10, 20).buffer)));
  expect((await program.run({ x: ndarray(Float32Array.of(1, 2), [2]) })).y.data).toEqual(Float32Array.of(11, 22));
});

test("WebGPU in Node is the other runtime's; a list falls back and says so", async () => {
  await expect(createWebRuntime({ device: "webgpu" })).rejects.toThrow(/^webgpu cannot be used: it needs a browser/);
  await using runtime = await createWebRuntime({ device: ["webgpu", "wasm"] });
  expect(runtime.device).toBe("wasm");
  expect(runtime.fallbacks).toEqual([expect.stringMatching(/^running on wasm, because webgpu cannot be used/)]);
  await expect(createWebRuntime({ device: "cpu" as string as WebDevice })).rejects.toThrow(
    /expected device wasm \| webgpu, got cpu/,
  );
});
