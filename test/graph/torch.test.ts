/** Values and gradients of subtle operations against PyTorch, on several engines. */

import { describe, expect, it } from "vitest";
import { mismatch } from "../runtime/conformance.ts";
import { cpu, describeTarget, testCases, wasm, webgpu } from "../runtime/targets.ts";
import { relativeError } from "./arrays.ts";
import { engine } from "./engine.ts";
import { torchCases } from "./torch-cases.ts";

/** What ONNX Runtime 1.30 cannot do on WebGPU: it has no LogSoftmax, and keeps one shader for every epsilon. */
const WEBGPU_FAULTS = ["activations: log softmax", "normalisations: group norm, 2 groups, epsilon 1e-06"];

const faulty = torchCases.filter(({ name }) => WEBGPU_FAULTS.includes(name));

for (const target of [cpu, wasm]) describeTarget(target, (open) => testCases(open, torchCases));

describeTarget(webgpu, (open) => {
  testCases(
    open,
    torchCases.filter((each) => !faulty.includes(each)),
  );

  it.each(faulty)("really cannot do $name", async (each) => {
    const [outcome] = await open().runCases([each]);
    expect(mismatch(each, outcome)).toBeDefined();
  });
});

describe("on the CPU", () => {
  it.each(torchCases)("$name is nearer to PyTorch still", async ({ graph, feeds, expected }) => {
    await using program = await (await engine()).compile(graph);
    const outputs = await program.run(feeds);
    for (const [name, wanted] of Object.entries(expected))
      expect(relativeError(outputs[name], wanted), name).toBeLessThan(1e-5);
  });
});
