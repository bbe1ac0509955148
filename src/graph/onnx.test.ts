import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { array, numbers } from "../../test/graph/arrays.ts";
import { evaluate } from "../../test/graph/engine.ts";
import { type OnnxNode, readOnnx } from "../../test/graph/onnx-reader.ts";
import { UsageError } from "../errors.ts";
import { DTYPE_BYTES, type DType, elements } from "../ndarray.ts";
import { conv } from "./functions.ts";
import { toOnnx } from "./onnx.ts";
import { simplify } from "./simplify.ts";
import { constant, input, one, scalar, type Tensor, weight } from "./tensor.ts";

const x = input("x", [1, 2, 5, 4]);
const kernel = weight("conv.weight", "float32", [3, 2, 3, 3], { file: "a.safetensors", offset: 123, length: 216 });
const half = weight("conv.bias", "float16", [3], { file: "b.safetensors", offset: 7, length: 6 });

describe("an ONNX model", () => {
  const y = conv(x, kernel, half.cast("float32"), { stride: 2, padding: [0, 1, 2, 1] }).silu();
  const { onnx, inputs, outputs, files } = toOnnx({ outputs: { y, also: y, x2: x } }, (file) => `weights/${file}`);
  const model = readOnnx(onnx);
  const node = (op: string): OnnxNode => model.nodes.find((each) => each.op === op) as OnnxNode;

  it("says which operators it is written in", () => {
    expect(model.irVersion).toBe(10);
    expect(model.opsets).toEqual({ "": 21, "com.microsoft": 1 });
  });

  it("declares its inputs and outputs, and tells them to its caller", () => {
    expect(model.inputs).toEqual([{ name: "x", dtype: 1, shape: [1, 2, 5, 4] }]);
    expect(model.outputs).toEqual([
      { name: "y", dtype: 1, shape: [1, 3, 3, 2] },
      { name: "also", dtype: 1, shape: [1, 3, 3, 2] },
      { name: "x2", dtype: 1, shape: [1, 2, 5, 4] },
    ]);
    expect(inputs).toEqual([{ name: "x", dtype: "float32", shape: [1, 2, 5, 4] }]);
    expect(outputs.map(({ name }) => name)).toEqual(["y", "also", "x2"]);
  });

  it("has a node for each operation, and one for each further name of an output", () => {
    expect(model.nodes.map(({ op }) => op)).toEqual(["Cast", "Conv", "QuickGelu", "Identity", "Identity"]);
    expect(model.nodes.slice(2).map((each) => each.outputs)).toEqual([["y"], ["also"], ["x2"]]);
    expect(model.nodes.slice(3).map((each) => each.inputs)).toEqual([["y"], ["x"]]);
    expect(node("Conv").inputs).toEqual(["x", "conv.weight", node("Cast").outputs[0]]);
    expect([node("Conv").domain, node("QuickGelu").domain]).toEqual(["", "com.microsoft"]);
  });

  it("types attributes as the table says", () => {
    expect(node("Conv").attributes).toEqual({
      strides: { type: 7, value: [2, 2] },
      pads: { type: 7, value: [0, 1, 2, 1] },
    });
    expect(node("QuickGelu").attributes).toEqual({ alpha: { type: 1, value: 1 } });
    expect(node("Cast").attributes).toEqual({ to: { type: 2, value: 1 } });
  });

  it("points at weights where they lie", () => {
    expect(model.initializers).toEqual([
      {
        name: "conv.bias",
        dtype: 10,
        shape: [3],
        external: { location: "weights/b.safetensors", offset: "7", length: "6" },
      },
      {
        name: "conv.weight",
        dtype: 1,
        shape: [3, 2, 3, 3],
        external: { location: "weights/a.safetensors", offset: "123", length: "216" },
      },
    ]);
    expect([...files]).toEqual([
      ["weights/b.safetensors", "b.safetensors"],
      ["weights/a.safetensors", "a.safetensors"],
    ]);
  });

  it("is the same, byte for byte, for graphs that are the same", () => {
    const build = () => toOnnx(simplify({ outputs: { y: x.sin().mul(2).add(x.sin()).reshape([8, -1]) } })).onnx;
    expect(build()).toEqual(build());
  });
});

describe("numbers in a model", () => {
  /** The attributes and constants of a value's last node, read back. */
  function written(value: Tensor) {
    const { nodes, initializers } = readOnnx(toOnnx({ outputs: { value } }).onnx);
    return { node: nodes[nodes.length - 1], constants: initializers.map(({ raw }) => raw as Uint8Array) };
  }

  it("may be negative", () => {
    expect(written(x.softmax(-1)).node.attributes.axis).toEqual({ type: 2, value: -1 });
    const { constants } = written(x.slice(3, -1, -5, -1));
    expect(constants.map((raw) => new DataView(raw.buffer, raw.byteOffset).getBigInt64(0, true))).toEqual([
      -1n,
      -5n,
      3n,
      -1n,
    ]);
  });

  it("may be fractions, and lists may be empty", () => {
    const normal = one(
      "LayerNormalization",
      [x, constant(new Float32Array(4), [4]), constant(new Float32Array(4), [4])],
      {
        axis: -1,
        epsilon: 1e-6,
      },
    );
    expect(written(normal).node.attributes.epsilon).toEqual({ type: 1, value: Math.fround(1e-6) });
    expect(written(input("s", []).transpose([])).node.attributes.perm).toEqual({ type: 7, value: [] });
  });

  it.each<[string, Tensor, number, readonly number[], readonly number[]]>([
    ["float32", scalar(-2.5), 1, [], [0, 0, 32, 192]],
    ["int32", constant(Int32Array.of(-2, 1), [2]), 6, [2], [254, 255, 255, 255, 1, 0, 0, 0]],
    ["int64", constant(BigInt64Array.of(-1n), [1]), 7, [1], [255, 255, 255, 255, 255, 255, 255, 255]],
    ["bool", constant(Uint8Array.of(1, 0), [1, 2]), 9, [1, 2], [1, 0]],
  ])("may be constants of %s", (_, value, dtype, shape, raw) => {
    const { initializers } = readOnnx(toOnnx({ outputs: { value } }).onnx);
    expect(initializers).toEqual([{ name: initializers[0].name, dtype, shape, raw: Uint8Array.from(raw) }]);
  });

  it("may be views of larger arrays", () => {
    const numbers = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
    const [{ raw }] = readOnnx(toOnnx({ outputs: { y: constant(numbers, [2]) } }).onnx).initializers;
    expect(raw).toEqual(new Uint8Array(Float32Array.of(2, 3).buffer));
  });

  it("may take more room than the writer began with", () => {
    const large = constant(
      Float32Array.from({ length: 100_000 }, (_, i) => i),
      [100_000],
    );
    const [{ raw }] = readOnnx(toOnnx({ outputs: { large } }).onnx).initializers;
    expect(raw?.length).toBe(400_000);
    expect(new DataView((raw as Uint8Array).buffer, (raw as Uint8Array).byteOffset).getFloat32(4 * 99_999, true)).toBe(
      99_999,
    );
  });
});

describe("names", () => {
  it("are unique, whatever values are called", () => {
    const place = (offset: number) => ({ file: "f", offset, length: 8 });
    const weights = [0, 8].map((offset) => weight("w", "float32", [2], place(offset)));
    const impostor = weight("Add_4", "float32", [2], place(16));
    const named = weight("y", "float32", [2], place(24));
    const sum = [...weights, impostor, named].reduce<Tensor>((total, value) => total.add(value), input("w", [2]));
    const model = readOnnx(toOnnx({ outputs: { y: sum.add(sum) } }).onnx);
    const made = model.nodes.flatMap(({ outputs }) => outputs);
    const all = [...made, ...model.initializers.map(({ name }) => name), ...model.inputs.map(({ name }) => name)];
    expect(new Set(all).size).toBe(all.length);
    expect(model.inputs.map(({ name }) => name)).toEqual(["w"]);
    const known = new Set(all);
    for (const { inputs } of model.nodes) for (const name of inputs) expect(known).toContain(name);
  });

  it("of two inputs, or of an input and an output, must differ", () => {
    const twice = input("a", [2]).add(input("a", [2]));
    expect(() => toOnnx({ outputs: { y: twice } })).toThrow(UsageError);
    expect(() => toOnnx({ outputs: { y: twice } })).toThrow('two graph inputs are named "a"');
    expect(() => toOnnx({ outputs: { x: x.add(1) } })).toThrow('"x" names a graph input and an output');
  });

  it("like JavaScript's own do no harm", async () => {
    const [a, b] = [input("constructor", [1]), input("__proto__x", [1])];
    const { toString: sum } = await evaluate(
      { toString: a.add(b) },
      { constructor: array([1]), __proto__x: array([2]) },
    );
    expect([...sum.data]).toEqual([3]);
  });

  it("of attributes that the table does not know are an error of ours", () => {
    const odd = one("Softmax", [x], { axes: 1 });
    expect(() => toOnnx({ outputs: { odd } })).toThrow("internal: the table knows no attribute axes of Softmax");
  });
});

describe("weights in files", () => {
  const folder = mkdtempSync(join(tmpdir(), "ip2p-onnx-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Writes elements after `offset` other bytes, and points at them. */
  function stored(
    file: string,
    name: string,
    offset: number,
    bytes: Uint8Array,
    dtype: DType,
    shape: readonly number[],
  ) {
    const path = join(folder, file);
    const content = new Uint8Array(offset + bytes.length + 3).fill(0x55);
    content.set(bytes, offset);
    writeFileSync(path, content);
    return weight(name, dtype, shape, { file: path, offset, length: elements(shape) * DTYPE_BYTES[dtype] });
  }

  it("are read at odd offsets, from two files, whole and in halves, in parts", async () => {
    const { data } = numbers([6, 2], { seed: 5 });
    const a = stored("a.bin", "a", 13, new Uint8Array(data.buffer as ArrayBuffer), "float32", [6, 2]);
    // 1.5, −2 and 2⁻¹⁴ in float16; 1.5, −3 in bfloat16.
    const f16 = stored("b.bin", "b", 5, Uint8Array.of(0x00, 0x3e, 0x00, 0xc0, 0x00, 0x04), "float16", [3]);
    const bf16 = stored("c.bin", "c", 1, Uint8Array.of(0xc0, 0x3f, 0x40, 0xc0), "bfloat16", [2]);
    const outputs = {
      whole: a.add(0),
      part: a.reshape([3, 4]).slice(0, 1, 3).reshape([8]),
      halves: f16.cast("float32"),
      tail: f16.cast("float32").slice(0, 1, 3),
      brains: bf16.cast("float32"),
    };
    for (const graph of [{ outputs }, simplify({ outputs })]) {
      const got = await evaluate(graph.outputs);
      expect(got.whole.data).toEqual(data);
      expect(got.part.data).toEqual(data.slice(4));
      expect([...got.halves.data]).toEqual([1.5, -2, 2 ** -14]);
      expect([...got.tail.data]).toEqual([-2, 2 ** -14]);
      expect([...got.brains.data]).toEqual([1.5, -3]);
    }
  });
});
