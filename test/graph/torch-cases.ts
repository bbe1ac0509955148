/** The goldens of test/golden/ops as graphs: PyTorch's values and gradients of the operations whose semantics are subtle. */

import { readdirSync, readFileSync } from "node:fs";
import { attention, conv, resizeNearest } from "../../src/graph/functions.ts";
import { grad } from "../../src/graph/grad.ts";
import { concat, constant, input, type Tensor } from "../../src/graph/tensor.ts";
import { elements, type NdArray } from "../../src/ndarray.ts";
import { groupNorm, layerNorm } from "../../src/nn/layers.ts";
import { Params } from "../../src/nn/params.ts";
import type { Arrays } from "../../src/runtime/runtime.ts";
import type { Case } from "../runtime/conformance.ts";
import { compiled } from "./engine.ts";

interface GoldenArray {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface Golden {
  readonly name: string;
  readonly inputs: Readonly<Record<string, GoldenArray>>;
  // Attributes are as the script that made the goldens chose them, by file and name.
  readonly attributes: Readonly<Record<string, never>>;
  readonly output: GoldenArray;
  readonly gradOutput: GoldenArray;
  readonly grads: Readonly<Record<string, GoldenArray>>;
}

type Inputs = Readonly<Record<string, Tensor>>;
type Build = (x: Inputs, attributes: Golden["attributes"]) => Tensor;

/** Parameters that are graph inputs. */
function parameters(inputs: Inputs): Params {
  return new Params({ parameter: (path) => inputs[path], has: (path) => path in inputs });
}

const byFile: Readonly<Record<string, Build>> = {
  convolutions: ({ x, weight, bias }, { stride, padding }) => conv(x, weight, bias, { stride, padding }),
  resizing: ({ x }, { size }) => resizeNearest(x, size[0], size[1]),
  attention: ({ query, key, value }, { heads, causal }) => attention(query, key, value, { heads, causal }),
};

/** Builders by the beginning of a record's name. */
const byName: Readonly<Record<string, Build>> = {
  "group norm": (inputs, { groups, epsilon }) => groupNorm(parameters(inputs), inputs.x, { groups, eps: epsilon }),
  "layer norm": (inputs, { epsilon }) => layerNorm(parameters(inputs), inputs.x, { eps: epsilon }),
  "unit length": ({ x }) => x.l2Normalize(),
  "cosine similarity": ({ a, b }) => a.l2Normalize().mul(b.l2Normalize()).sum([-1]),
  gelu: ({ x }) => x.gelu(),
  "quick gelu": ({ x }) => x.quickGelu(),
  silu: ({ x }) => x.silu(),
  sigmoid: ({ x }) => x.sigmoid(),
  tanh: ({ x }) => x.tanh(),
  geglu: ({ x }) => {
    const [value, gate] = x.split(-1, [x.shape[2] / 2, x.shape[2] / 2]);
    return value.mul(gate.gelu());
  },
  softmax: ({ x }, { axis }) => x.softmax(axis),
  "log softmax": ({ x }, { axis }) => x.logSoftmax(axis),
  clip: ({ x }, { min, max }) => x.clip(min, max),
  gather: ({ table, ids }) => table.gather(ids),
  where: ({ condition, a, b }) => condition.cast("bool").where(a, b),
  concat: ({ a, b }, { axis }) => concat([a, b], axis),
  split: ({ x }, { axis, sizes, part }) => x.split(axis, sizes)[part],
  slice: ({ x }, { axis, start, end, step }) => x.slice(axis, start, end, step),
  pad: ({ x }, { before, after }) => x.pad(before, after),
  transpose: ({ x }, { order }) => x.transpose(order),
  "broadcast add": ({ a, b }) => a.add(b),
  "broadcast divide": ({ a, b }) => a.div(b),
  matmul: ({ a, b }) => a.matmul(b),
  mean: ({ x }, { axes, keepDims }) => x.mean(axes, keepDims),
  sum: ({ x }, { axes, keepDims }) => x.sum(axes, keepDims),
  max: ({ x }, { axes, keepDims }) => x.max(axes, keepDims),
};

const folder = new URL("../golden/ops/", import.meta.url);

/** One case for each record: its value and its gradients. @throws Error when no builder knows a record. */
export const torchCases: readonly Case[] = readdirSync(folder)
  .sort()
  .flatMap((file) => {
    const records = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Golden[];
    return records.map((record) => toCase(file.replace(".json", ""), record));
  });

function toCase(file: string, record: Golden): Case {
  const { name, attributes, gradOutput, output } = record;
  const key = Object.keys(byName).find(
    (start) =>
      name === start || name.startsWith(`${start} `) || name.startsWith(`${start},`) || name.startsWith(`${start}:`),
  );
  const build = byFile[file] ?? (key === undefined ? undefined : byName[key]);
  if (!build) throw new Error(`no builder for ${file}: ${name}`);
  const variables = Object.keys(record.grads);
  const x = Object.fromEntries(
    Object.entries(record.inputs).map(([id, { shape }]) => [
      id,
      input(id, shape, variables.includes(id) ? "float32" : "int32"),
    ]),
  );
  const y = build(x, attributes);
  const loss = y.mul(constant(Float32Array.from(gradOutput.data), gradOutput.shape)).sum();
  const slopes = grad(
    loss,
    variables.map((id) => x[id]),
  );
  const feeds: Arrays = Object.fromEntries(
    Object.entries(record.inputs).map(([id, { shape, data }]) => [
      id,
      { shape, data: variables.includes(id) ? Float32Array.from(data) : Int32Array.from(data) },
    ]),
  );
  const outputs = { y, ...Object.fromEntries(variables.map((id, i) => [`d ${id}`, slopes[i]])) };
  const expected = {
    y: toArray(output),
    ...Object.fromEntries(variables.map((id) => [`d ${id}`, toArray(record.grads[id])])),
  };
  const graph = compiled(outputs);
  const used = new Set(graph.inputs.map((value) => value.name));
  return {
    name: `${file}: ${name}`,
    graph,
    feeds: Object.fromEntries(Object.entries(feeds).filter(([id]) => used.has(id))),
    expected,
  };
}

function toArray({ shape, data }: GoldenArray): NdArray {
  if (data.length !== elements(shape)) throw new Error(`a golden of [${shape}] has ${data.length} elements`);
  return { shape, data: Float32Array.from(data) };
}
