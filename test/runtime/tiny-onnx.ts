/** A test-only encoder of small ONNX models, independent of the graph writer under test elsewhere. */

import { DTYPE_BYTES, type DType } from "../../src/ndarray.ts";
import type { CompiledGraph, ValueInfo } from "../../src/runtime/runtime.ts";

/** Bytes of a protobuf message, built field by field. */
type Field = Uint8Array;

const utf8 = new TextEncoder();

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = BigInt.asUintN(64, BigInt(value)); ; rest >>= 7n) {
    if (rest < 128n) return [...bytes, Number(rest)];
    bytes.push(Number(rest & 127n) | 128);
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

const integer = (field: number, value: number): Field => Uint8Array.from([...varint(field << 3), ...varint(value)]);
const bytes = (field: number, value: Uint8Array | string): Field => {
  const content = typeof value === "string" ? utf8.encode(value) : value;
  return join([Uint8Array.from([...varint((field << 3) | 2), ...varint(content.length)]), content]);
};
const float = (field: number, value: number): Field =>
  join([Uint8Array.from(varint((field << 3) | 5)), new Uint8Array(Float32Array.of(value).buffer)]);
const message = (field: number, parts: readonly Field[]): Field => bytes(field, join(parts));

const ELEMENT_TYPE: Readonly<Partial<Record<DType, number>>> = { float32: 1, int32: 6, int64: 7, float16: 10 };

function value(field: number, info: ValueInfo): Field {
  const shape = message(
    2,
    info.shape.map((extent) => message(1, [integer(1, extent)])),
  );
  const tensor = message(1, [integer(1, ELEMENT_TYPE[info.dtype]!), shape]);
  return message(field, [bytes(1, info.name), message(2, [tensor])]);
}

/** Attribute values: integers, lists of integers, `{ float }`, or `{ text }`. */
export type Attribute = number | readonly number[] | { readonly float: number } | { readonly text: string };

function attribute(name: string, content: Attribute): Field {
  if (typeof content === "number") return message(5, [bytes(1, name), integer(3, content), integer(20, 2)]);
  if ("float" in content) return message(5, [bytes(1, name), float(2, content.float), integer(20, 1)]);
  if ("text" in content) return message(5, [bytes(1, name), bytes(4, content.text), integer(20, 3)]);
  return message(5, [bytes(1, name), ...content.map((item) => integer(8, item)), integer(20, 7)]);
}

export interface TinyNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly domain?: string;
}

/** An initialiser held in the model, or one that lies in a weight file. */
export type TinyInitializer = { readonly name: string; readonly shape: readonly number[] } & (
  | { readonly dtype: DType; readonly data: Float32Array | Int32Array | BigInt64Array | Uint16Array }
  | { readonly dtype: DType; readonly location: string; readonly offset: number }
);

function initializer(tensor: TinyInitializer): Field {
  const head = [
    ...tensor.shape.map((extent) => integer(1, extent)),
    integer(2, ELEMENT_TYPE[tensor.dtype]!),
    bytes(8, tensor.name),
  ];
  if ("data" in tensor) {
    const { buffer, byteOffset, byteLength } = tensor.data;
    return message(5, [...head, bytes(9, new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength))]);
  }
  const length = tensor.shape.reduce((product, extent) => product * extent, DTYPE_BYTES[tensor.dtype]);
  const entries = { location: tensor.location, offset: `${tensor.offset}`, length: `${length}` };
  const external = Object.entries(entries).map(([key, text]) => message(13, [bytes(1, key), bytes(2, text)]));
  return message(5, [...head, ...external, integer(14, 1)]);
}

export interface TinyModel {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly nodes: readonly TinyNode[];
  readonly initializers?: readonly TinyInitializer[];
  readonly weightFiles?: CompiledGraph["weightFiles"];
  readonly folder?: string;
}

/** Encodes a model (IR 10, opset 21, `com.microsoft` 1). */
export function tinyGraph(model: TinyModel): CompiledGraph {
  const nodes = model.nodes.map((node) =>
    message(1, [
      ...node.inputs.map((name) => bytes(1, name)),
      ...node.outputs.map((name) => bytes(2, name)),
      bytes(4, node.op),
      ...Object.entries(node.attributes ?? {}).map(([name, content]) => attribute(name, content)),
      ...(node.domain === undefined ? [] : [bytes(7, node.domain)]),
    ]),
  );
  const graph = message(7, [
    ...nodes,
    bytes(2, "tiny"),
    ...(model.initializers ?? []).map(initializer),
    ...model.inputs.map((info) => value(11, info)),
    ...model.outputs.map((info) => value(12, info)),
  ]);
  const opset = (domain: string, version: number) => message(8, [bytes(1, domain), integer(2, version)]);
  const onnx = join([integer(1, 10), opset("", 21), opset("com.microsoft", 1), graph]);
  const { inputs, outputs, folder } = model;
  return { onnx, inputs, outputs, weightFiles: model.weightFiles ?? new Map(), folder };
}

/** A float32 graph input or output. */
export function float32(name: string, ...shape: number[]): ValueInfo {
  return { name, dtype: "float32", shape };
}
