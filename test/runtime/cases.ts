/** Small graphs with results computed by plain loops: the operations a diffusion model lives on. */

import { type NdArray, ndarray } from "../../src/ndarray.ts";
import type { Case } from "./conformance.ts";
import { float32, tinyGraph } from "./tiny-onnx.ts";

/** Fixed numbers in about -1 … 1, without structure. */
function numbers(shape: readonly number[], seed: number): NdArray<Float32Array> {
  const length = shape.reduce((product, extent) => product * extent, 1);
  return ndarray(
    Float32Array.from({ length }, (_, i) => Math.sin(12.9898 * i + 78.233 * seed)),
    shape,
  );
}

const constant = (name: string, { shape, data }: NdArray) => ({ name, dtype: "float32", shape, data }) as const;

function linear(): Case {
  const [x, w, b] = [numbers([2, 3, 4], 1), numbers([4, 5], 2), numbers([5], 3)];
  const y = new Float32Array(30);
  for (let row = 0; row < 6; row++)
    for (let j = 0; j < 5; j++) {
      let sum = b.data[j];
      for (let k = 0; k < 4; k++) sum += x.data[4 * row + k] * w.data[5 * k + j];
      y[5 * row + j] = sum;
    }
  const graph = tinyGraph({
    inputs: [float32("x", 2, 3, 4)],
    outputs: [float32("y", 2, 3, 5)],
    initializers: [constant("w", w), constant("b", b)],
    nodes: [
      { op: "MatMul", inputs: ["x", "w"], outputs: ["xw"] },
      { op: "Add", inputs: ["xw", "b"], outputs: ["y"] },
    ],
  });
  return { name: "MatMul and Add", graph, feeds: { x }, expected: { y: ndarray(y, [2, 3, 5]) } };
}

/** A matrix that lies in a weight file, behind something else. */
function externalWeights(contents: (bytes: Uint8Array) => Uint8Array | Blob, name: string): Case {
  const [x, w] = [numbers([3, 4], 4), numbers([4, 2], 5)];
  const file = new Uint8Array(256 + w.data.byteLength);
  file.set(new Uint8Array(w.data.buffer as ArrayBuffer), 256);
  const y = new Float32Array(6);
  for (let i = 0; i < 3; i++)
    for (let j = 0; j < 2; j++) for (let k = 0; k < 4; k++) y[2 * i + j] += x.data[4 * i + k] * w.data[2 * k + j];
  const graph = tinyGraph({
    inputs: [float32("x", 3, 4)],
    outputs: [float32("y", 3, 2)],
    initializers: [{ name: "w", dtype: "float32", shape: [4, 2], location: "w.bin", offset: 256 }],
    nodes: [{ op: "MatMul", inputs: ["x", "w"], outputs: ["y"] }],
    weightFiles: new Map([["w.bin", contents(file)]]),
  });
  return { name, graph, feeds: { x }, expected: { y: ndarray(y, [3, 2]) } };
}

/** 3×3, padded by 1, stride 2 down and 1 across, on images that are not square. */
function convolution(): Case {
  const [batch, channels, filters, height, width] = [2, 3, 4, 7, 5];
  const outHeight = 4;
  const x = numbers([batch, channels, height, width], 6);
  const w = numbers([filters, channels, 3, 3], 7);
  const b = numbers([filters], 8);
  const shape = [batch, filters, outHeight, width];
  const y = new Float32Array(batch * filters * outHeight * width);
  const at = (n: number, c: number, i: number, j: number) =>
    i < 0 || j < 0 || i >= height || j >= width ? 0 : x.data[((n * channels + c) * height + i) * width + j];
  for (let n = 0, out = 0; n < batch; n++)
    for (let f = 0; f < filters; f++)
      for (let i = 0; i < outHeight; i++)
        for (let j = 0; j < width; j++, out++) {
          y[out] = b.data[f];
          for (let tap = 0; tap < channels * 9; tap++) {
            const [c, down, across] = [Math.floor(tap / 9), Math.floor(tap / 3) % 3, tap % 3];
            y[out] += at(n, c, 2 * i + down - 1, j + across - 1) * w.data[f * channels * 9 + tap];
          }
        }
  const graph = tinyGraph({
    inputs: [float32("x", ...x.shape)],
    outputs: [float32("y", ...shape)],
    initializers: [constant("w", w), constant("b", b)],
    nodes: [
      {
        op: "Conv",
        inputs: ["x", "w", "b"],
        outputs: ["y"],
        attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 1] },
      },
    ],
  });
  return { name: "Conv", graph, feeds: { x }, expected: { y: ndarray(y, shape) } };
}

/** softmax(q kᵀ / √d) v for each of two heads; 5 queries, 7 keys. */
function attention(): Case {
  const [batch, queries, keys, heads, depth] = [2, 5, 7, 2, 4];
  const width = heads * depth;
  const q = numbers([batch, queries, width], 9);
  const k = numbers([batch, keys, width], 10);
  const v = numbers([batch, keys, width], 11);
  const y = new Float32Array(batch * queries * width);
  for (let n = 0; n < batch; n++)
    for (let h = 0; h < heads; h++)
      for (let i = 0; i < queries; i++) {
        const scores = Array.from({ length: keys }, (_, j) => {
          let dot = 0;
          for (let d = 0; d < depth; d++)
            dot += q.data[(n * queries + i) * width + h * depth + d] * k.data[(n * keys + j) * width + h * depth + d];
          return Math.exp(dot / Math.sqrt(depth));
        });
        const total = scores.reduce((sum, score) => sum + score, 0);
        for (let j = 0; j < keys; j++)
          for (let d = 0; d < depth; d++)
            y[(n * queries + i) * width + h * depth + d] +=
              (scores[j] / total) * v.data[(n * keys + j) * width + h * depth + d];
      }
  const graph = tinyGraph({
    inputs: [float32("q", ...q.shape), float32("k", ...k.shape), float32("v", ...v.shape)],
    outputs: [float32("y", ...q.shape)],
    nodes: [
      {
        op: "MultiHeadAttention",
        domain: "com.microsoft",
        inputs: ["q", "k", "v"],
        outputs: ["y"],
        attributes: { num_heads: heads },
      },
    ],
  });
  return { name: "MultiHeadAttention", graph, feeds: { q, k, v }, expected: { y: ndarray(y, q.shape) } };
}

/** Integers at the edge: index 2 of a table, by Gather. */
function gather(): Case {
  const table = numbers([5, 3], 12);
  const graph = tinyGraph({
    inputs: [{ name: "ids", dtype: "int32", shape: [2, 2] }],
    outputs: [float32("y", 2, 2, 3)],
    initializers: [constant("table", table)],
    nodes: [{ op: "Gather", inputs: ["table", "ids"], outputs: ["y"] }],
  });
  const ids = [4, 0, 2, 2];
  const y = Float32Array.from(ids.flatMap((id) => [...table.data.subarray(3 * id, 3 * id + 3)]));
  const feeds = { ids: ndarray(Int32Array.from(ids), [2, 2]) };
  return { name: "Gather by int32", graph, feeds, expected: { y: ndarray(y, [2, 2, 3]) } };
}

/** Weights stored in half precision, widened by the graph. */
function halfWeights(): Case {
  const x = numbers([3, 4], 13);
  const halves = [0x3c00, 0xc000, 0x3800, 0x0001, 0x7bff, 0x8000, 0x3555, 0xb266]; // as the standard encodes `values`
  const values = [1, -2, 0.5, 2 ** -24, 65504, -0, 0.333251953125, -0.199951171875];
  const y = new Float32Array(6);
  for (let i = 0; i < 3; i++)
    for (let j = 0; j < 2; j++) for (let k = 0; k < 4; k++) y[2 * i + j] += x.data[4 * i + k] * values[2 * k + j];
  const graph = tinyGraph({
    inputs: [float32("x", 3, 4)],
    outputs: [float32("y", 3, 2)],
    initializers: [{ name: "half", dtype: "float16", shape: [4, 2], location: "h.bin", offset: 0 }],
    nodes: [
      { op: "Cast", inputs: ["half"], outputs: ["w"], attributes: { to: 1 } },
      { op: "MatMul", inputs: ["x", "w"], outputs: ["y"] },
    ],
    weightFiles: new Map([["h.bin", new Uint8Array(Uint16Array.from(halves).buffer)]]),
  });
  return { name: "weights in half precision", graph, feeds: { x }, expected: { y: ndarray(y, [3, 2]) } };
}

export const tinyCases: readonly Case[] = [
  linear(),
  externalWeights((bytes) => bytes, "weights given as bytes"),
  externalWeights((bytes) => new Blob([bytes as Uint8Array<ArrayBuffer>]), "weights given as a Blob"),
  convolution(),
  attention(),
  gather(),
  halfWeights(),
];
