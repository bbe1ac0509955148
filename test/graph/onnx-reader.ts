/** A reader of ONNX files, as far as tests look into them; written from onnx.proto, not from the writer. */

/** A protobuf message: the values of each field in order; varints as bigint, the rest as bytes. */
type Message = ReadonlyMap<number, readonly (bigint | Uint8Array)[]>;

export interface OnnxAttribute {
  readonly type: number;
  readonly value: number | string | readonly number[];
}

export interface OnnxNode {
  readonly op: string;
  readonly name: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

export interface OnnxInitializer {
  readonly name: string;
  readonly dtype: number;
  readonly shape: readonly number[];
  readonly raw?: Uint8Array;
  readonly external?: Readonly<Record<string, string>>;
}

export interface OnnxValue {
  readonly name: string;
  readonly dtype: number;
  readonly shape: readonly number[];
}

export interface OnnxFile {
  readonly irVersion: number;
  readonly opsets: Readonly<Record<string, number>>;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxInitializer[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

/** Parses an ONNX model. @throws Error when the bytes are not well-formed protobuf. */
export function readOnnx(bytes: Uint8Array): OnnxFile {
  const model = parse(bytes);
  const graph = parse(bytesAt(model, 7));
  return {
    irVersion: numberAt(model, 1),
    opsets: Object.fromEntries(messages(model, 8).map((set) => [textAt(set, 1), numberAt(set, 2)])),
    nodes: messages(graph, 1).map(readNode),
    initializers: messages(graph, 5).map(readInitializer),
    inputs: messages(graph, 11).map(readValue),
    outputs: messages(graph, 12).map(readValue),
  };
}

function readNode(node: Message): OnnxNode {
  const attributes = messages(node, 5).map((attribute) => [textAt(attribute, 1), readAttribute(attribute)] as const);
  return {
    op: textAt(node, 4),
    name: textAt(node, 3),
    domain: textAt(node, 7),
    inputs: texts(node, 1),
    outputs: texts(node, 2),
    attributes: Object.fromEntries(attributes),
  };
}

function readAttribute(attribute: Message): OnnxAttribute {
  const type = numberAt(attribute, 20);
  if (type === 1) return { type, value: float(bytesAt(attribute, 2)) };
  if (type === 2) return { type, value: numberAt(attribute, 3) };
  if (type === 3) return { type, value: textAt(attribute, 4) };
  if (type === 7) return { type, value: numbersAt(attribute, 8) };
  throw new Error(`attribute of type ${type}`);
}

function readInitializer(tensor: Message): OnnxInitializer {
  const entries = messages(tensor, 13).map((entry) => [textAt(entry, 1), textAt(entry, 2)] as const);
  return {
    name: textAt(tensor, 8),
    dtype: numberAt(tensor, 2),
    shape: numbersAt(tensor, 1),
    raw: tensor.has(9) ? bytesAt(tensor, 9) : undefined,
    external: numberAt(tensor, 14) === 1 ? Object.fromEntries(entries) : undefined,
  };
}

function readValue(value: Message): OnnxValue {
  const tensor = parse(bytesAt(parse(bytesAt(value, 2)), 1));
  const shape = messages(parse(bytesAt(tensor, 2)), 1).map((dim) => numberAt(dim, 1));
  return { name: textAt(value, 1), dtype: numberAt(tensor, 1), shape };
}

function parse(bytes: Uint8Array): Message {
  const fields = new Map<number, (bigint | Uint8Array)[]>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      if (at >= bytes.length || shift > 63n) throw new Error("a varint does not end");
      const byte = bytes[at++];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw new Error("a field is longer than its message");
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const wireType = tag & 7;
    const field = tag >> 3;
    let value: bigint | Uint8Array;
    if (wireType === 0) value = varint();
    else if (wireType === 2) value = take(Number(varint()));
    else if (wireType === 5) value = take(4);
    else throw new Error(`field ${field} has wire type ${wireType}`);
    const values = fields.get(field) ?? [];
    values.push(value);
    fields.set(field, values);
  }
  return fields;
}

function bytesAt(message: Message, field: number): Uint8Array {
  const value = message.get(field)?.at(-1) ?? new Uint8Array();
  if (typeof value === "bigint") throw new Error(`field ${field} is a number`);
  return value;
}

function numbersAt(message: Message, field: number): readonly number[] {
  return (message.get(field) ?? []).map((value) => {
    if (typeof value !== "bigint") throw new Error(`field ${field} is not a number`);
    return Number(BigInt.asIntN(64, value));
  });
}

function numberAt(message: Message, field: number): number {
  return numbersAt(message, field).at(-1) ?? 0;
}

function messages(message: Message, field: number): readonly Message[] {
  return (message.get(field) ?? []).map((value) => {
    if (typeof value === "bigint") throw new Error(`field ${field} is a number`);
    return parse(value);
  });
}

function texts(message: Message, field: number): readonly string[] {
  return (message.get(field) ?? []).map((value) => new TextDecoder().decode(value as Uint8Array));
}

function textAt(message: Message, field: number): string {
  return texts(message, field).at(-1) ?? "";
}

function float(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true);
}
