/**
 * Weights prepared for speed: what accelerated graphs compute from weights alone (transformed convolution kernels,
 * half-precision weights as float32) is computed once per checkpoint, written to a file, and mapped from there ever after.
 */

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { invariant } from "../errors.ts";
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

/** The entry of the file's metadata that lists the weights whose transforms are stored. */
const KERNELS = "kernels";

/** A network whose weights can be prepared. */
export interface Preparable {
  /** Everything that its graphs depend on besides weights. */
  readonly config: object;
  readonly files: ReadonlySet<string>;
  /** The network at a usual size: which convolutions are worth transforming is decided by it. */
  build(): Graph;
}

export interface PrepareOptions {
  /** Where prepared files are kept. Made when needed. */
  readonly folder: string;
  /** Runs the preparing graphs. */
  readonly programs: Programs;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** The file that a network's prepared weights are in, once they are. Changes with its weight files, by size and time. */
export async function preparedFile({ config, files }: Preparable, folder: string): Promise<string> {
  const hash = createHash("sha256").update(`${FORMAT}\n${JSON.stringify(config)}\n`);
  for (const file of files) {
    const { size, mtimeMs } = await stat(file);
    hash.update(`${file}\n${size}\n${mtimeMs}\n`);
  }
  return join(folder, `${hash.digest("hex").slice(0, 32)}.safetensors`);
}

/** Makes sure that a network's prepared weights are stored, and returns the transformation of its graphs that uses them. */
export async function prepareWeights(network: Preparable, options: PrepareOptions): Promise<GraphTransform> {
  const path = await preparedFile(network, options.folder);
  if (!existsSync(path)) {
    const fast = simplify(accelerateConvolutions(simplify(network.build())));
    await writeExpressions(path, weightExpressions(fast), options);
  }
  return await preparedTransform(path);
}

/** The transformation that uses the prepared weights of `path`. @throws CheckpointError when the file is damaged. */
export async function preparedTransform(path: string): Promise<GraphTransform> {
  const { tensors, metadata } = await openSafetensors(path);
  const kernels = new Set((metadata.get(KERNELS) ?? "").split("\n"));
  const stored = new Map([...tensors.values()].map((ref) => [digestIn(ref), ref]));
  const isPrepared = (kernel: Tensor) => weightNames(kernel).every((name) => kernels.has(name));
  const find = (key: string) => asWeight(stored.get(digest(key)));
  return (graph) => simplify(replaceWeightExpressions(simplify(accelerateConvolutions(graph, isPrepared)), find));
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
      for (const i of group.keys()) computed.set(index + i, Float32Array.from(results[`value${i}`].data));
    }
    const values = computed.get(index);
    invariant(values, `no value for expression ${index}`);
    computed.delete(index);
    return new Uint8Array(values.buffer);
  };
  // Named by their order, so that they are written, and therefore computed, in it.
  const tensors = expressions.map(({ key, value }, index): TensorToWrite => {
    const name = `${String(index).padStart(6, "0")}.${digest(key)}`;
    return { name, dtype: "float32", shape: value.shape, data: () => compute(index) };
  });
  const kernels = [...new Set(expressions.flatMap(({ value }) => weightNames(value)))];
  await writeSafetensors(path, tensors, { metadata: new Map([[KERNELS, kernels.join("\n")]]) });
  onProgress?.(expressions.length, expressions.length);
}

function digest(key: string): string {
  return createHash("sha256").update(key).digest("hex").slice(0, 32);
}

function digestIn({ name }: TensorRef): string {
  return name.slice(name.indexOf(".") + 1);
}

function asWeight(ref: TensorRef | undefined): Tensor | undefined {
  return ref && weight(ref.name, ref.dtype, ref.shape, ref);
}

/** Names of the weights a value depends on. */
function weightNames(value: Tensor): readonly string[] {
  return leavesOf({ outputs: { value } }).flatMap(({ source }) =>
    "kind" in source && source.kind === "weight" ? [source.name] : [],
  );
}
