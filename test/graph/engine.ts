/** Runs graphs for tests: symbolic tensors and feeds in, numbers out, on the CPU. */

import { afterAll } from "vitest";
import type { Graph } from "../../src/graph/graph.ts";
import { leavesOf } from "../../src/graph/graph.ts";
import { toOnnx } from "../../src/graph/onnx.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import type { NdArray } from "../../src/ndarray.ts";
import { createNodeRuntime } from "../../src/runtime/ort.node.ts";
import type { Arrays, CompiledGraph, Program, Runtime } from "../../src/runtime/runtime.ts";
import { weightFolder } from "../../src/runtime/weight-folder.node.ts";

let opened: Promise<Runtime> | undefined;

/** The CPU engine of this test file; closed when the file is done. */
export function engine(): Promise<Runtime> {
  opened ??= createNodeRuntime();
  return opened;
}

afterAll(async () => {
  await (await opened)?.dispose();
  opened = undefined;
});

/** The graph of some named values, ready for any engine. Weights, if any, lie in files. */
export function compiled(outputs: Graph["outputs"], name?: string): CompiledGraph {
  const files = new Set<string>();
  for (const { source } of leavesOf({ outputs }))
    if ("kind" in source && source.kind === "weight") files.add(source.storage.file);
  const { folder, relative } = weightFolder([...files]);
  const { onnx, inputs, outputs: results, files: places } = toOnnx({ outputs }, relative);
  return { onnx, inputs, outputs: results, weightFiles: places, folder: files.size > 0 ? folder : undefined, name };
}

/** Compiles named values. */
export async function compile(outputs: Graph["outputs"]): Promise<Program> {
  return (await engine()).compile(compiled(outputs));
}

/** The values computed from the feeds. Feeds of inputs that the values do not depend on are ignored. */
export async function evaluate<Name extends string>(
  outputs: Readonly<Record<Name, Tensor>>,
  feeds: Arrays = {},
): Promise<Record<Name, NdArray>> {
  const program = await compile(outputs);
  try {
    return (await program.run(pick(feeds, program))) as Record<Name, NdArray>;
  } finally {
    await program.dispose();
  }
}

/** Those of the feeds that a program takes. */
export function pick(feeds: Arrays, program: Pick<Program, "inputs">): Arrays {
  return Object.fromEntries(program.inputs.map(({ name }) => [name, feeds[name]]));
}
