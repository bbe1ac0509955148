/**
 * Weights prepared for speed: what accelerated graphs compute from weights alone (transformed convolution kernels,
 * half-precision weights as float32) is computed once per checkpoint, written to a file, and mapped from there ever after.
 */

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { accelerateConvolutions } from "../graph/fast-conv.ts";
import { type Graph, leavesOf } from "../graph/graph.ts";
import { simplify } from "../graph/simplify.ts";
import { type Tensor, weight } from "../graph/tensor.ts";
import { replaceWeightExpressions, type WeightExpression, weightExpressions } from "../graph/weight-expressions.ts";
import { openSafetensors, type TensorToWrite, writeSafetensors } from "../weights/safetensors.node.ts";
import type { TensorRef } from "../weights/tensor-ref.ts";
import type { GraphTransform, Programs } from "./programs.ts";

/** Raised when the transformations change, so that files of older versions are left aside. */
const FORMAT = 1;

/** Expressions computed in one run: enough to share the work on one kernel, few enough to stay small in memory. */
const GROUP = 12;

export interface PrepareOptions {
  /** Where prepared files are kept. Made when needed. */
  readonly folder: string;
  /** Runs the preparing graphs. */
  readonly programs: Programs;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Makes sure that everything that `graph` and graphs of the same network for other picture sizes compute from weights is
 * stored, and returns the transformation of such graphs that uses it.
 *
 * @param graph the network at a usual size: which convolutions are worth transforming is decided by it
 */
export async function prepareWeights(graph: Graph, options: PrepareOptions): Promise<GraphTransform> {
  const expressions = weightExpressions(simplify(accelerateConvolutions(simplify(graph))));
  if (expressions.length === 0) return (plain) => plain;
  const path = join(options.folder, `${await identity(graph, expressions)}.safetensors`);
  if (!existsSync(path)) await writeExpressions(path, expressions, options);
  const { tensors } = await openSafetensors(path);
  const stored = new Map([...tensors.values()].map((ref) => [hashOf(ref), ref]));
  const kernels = new Set(expressions.flatMap(({ value }) => weightNames({ outputs: { value } })));
  return (plain) => {
    const fast = accelerateConvolutions(plain, (kernel) =>
      weightNames({ outputs: { kernel } }).every((name) => kernels.has(name)),
    );
    const known = replaceWeightExpressions(simplify(fast), (key) => asWeight(stored.get(digest(key))));
    return simplify(known);
  };
}

async function writeExpressions(
  path: string,
  expressions: readonly WeightExpression[],
  { folder, programs, onProgress, signal }: PrepareOptions,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const computed = new Map<number, Float32Array>();
  const compute = async (index: number): Promise<Uint8Array> => {
    if (!computed.has(index)) {
      signal?.throwIfAborted();
      onProgress?.(index, expressions.length);
      const group = expressions.slice(index, index + GROUP);
      const outputs = Object.fromEntries(group.map(({ value }, i) => [`value${i}`, value]));
      const results = await programs.run(`preparing ${index}`, () => ({ outputs }), {}, signal);
      for (const i of group.keys()) computed.set(index + i, results[`value${i}`].data as Float32Array);
    }
    const values = computed.get(index) as Float32Array;
    computed.delete(index);
    return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  };
  // Named by their order, so that they are written, and therefore computed, in it.
  const tensors = expressions.map(({ key, value }, index): TensorToWrite => {
    const name = `${String(index).padStart(6, "0")}.${digest(key)}`;
    return { name, dtype: "float32", shape: value.shape, data: () => compute(index) };
  });
  await writeSafetensors(path, tensors);
}

/** Changes with the weight files, by size and time, and with what is computed from them. */
async function identity(graph: Graph, expressions: readonly WeightExpression[]): Promise<string> {
  const hash = createHash("sha256").update(`${FORMAT}\n`);
  for (const { key } of expressions) hash.update(`${key}\n`);
  const files = new Set<string>();
  for (const { source } of leavesOf(graph))
    if ("kind" in source && source.kind === "weight") files.add(source.storage.file);
  for (const file of files) {
    const { size, mtimeMs } = await stat(file);
    hash.update(`${file}\n${size}\n${mtimeMs}\n`);
  }
  return hash.digest("hex").slice(0, 32);
}

function digest(key: string): string {
  return createHash("sha256").update(key).digest("hex").slice(0, 32);
}

function hashOf({ name }: TensorRef): string {
  return name.slice(name.indexOf(".") + 1);
}

function asWeight(ref: TensorRef | undefined): Tensor | undefined {
  return ref && weight(ref.name, ref.dtype, ref.shape, ref);
}

/** Names of the weights a value depends on. */
function weightNames(graph: Graph): readonly string[] {
  return leavesOf(graph).flatMap(({ source }) => ("kind" in source && source.kind === "weight" ? [source.name] : []));
}
