/** Writes a graph as an ONNX model whose weights stay where they are, as external data. */

import { invariant, UsageError } from "../errors.ts";
import type { DType } from "../ndarray.ts";
import { type Graph, inputsOf, nodesOf } from "./graph.ts";
import { type Attribute, type ConstantData, type Node, ONNX_DTYPE } from "./node.ts";
import type { AttributeKind } from "./ops/rule.ts";
import { ruleOf } from "./ops.ts";
import { ProtobufWriter } from "./protobuf.ts";
import type { Tensor } from "./tensor.ts";

const IR_VERSION = 10;
const OPSET = 21;

/** Field numbers of onnx.proto, by message. */
const MODEL = { irVersion: 1, producer: 2, graph: 7, opset: 8 };
const OPERATOR_SET = { domain: 1, version: 2 };
const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12 };
const NODE = { input: 1, output: 2, name: 3, opType: 4, attribute: 5, domain: 7 };
const ATTRIBUTE = { name: 1, float: 2, int: 3, string: 4, ints: 8, type: 20 };
const TENSOR = { dims: 1, dataType: 2, name: 8, rawData: 9, external: 13, location: 14 };
const ENTRY = { key: 1, value: 2 };
const VALUE_INFO = { name: 1, type: 2 };
const ATTRIBUTE_TYPE: Readonly<Record<AttributeKind, number>> = { float: 1, int: 2, string: 3, ints: 7 };
const EXTERNAL = 1;

export interface NamedValue {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

export interface OnnxModel {
  readonly onnx: Uint8Array;
  readonly inputs: readonly NamedValue[];
  readonly outputs: readonly NamedValue[];
  /** Every weight file of the graph, by the location its initialisers name. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * Serialises `graph`.
 *
 * @param location what a weight file is called inside the model; by default its own name. Engines resolve it against a folder.
 * @throws UsageError when two inputs, or an input and an output, have one name.
 */
export function toOnnx(graph: Graph, location: (file: string) => string = (file) => file): OnnxModel {
  const names = nameValues(graph);
  const files = new Map<string, string>();
  const inputs = [...inputsOf(graph)].map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
  const outputs = Object.entries(graph.outputs).map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
  const both = inputs.find(({ name }) => Object.hasOwn(graph.outputs, name));
  if (both) throw new UsageError(`"${both.name}" names a graph input and an output; give the output a name of its own`);
  const writer = new ProtobufWriter();
  writer.int(MODEL.irVersion, IR_VERSION).string(MODEL.producer, "instruct-pix2pix");
  for (const [domain, version] of [["", OPSET] as const, ["com.microsoft", 1] as const]) {
    writer.message(MODEL.opset, (set) => set.string(OPERATOR_SET.domain, domain).int(OPERATOR_SET.version, version));
  }
  writer.message(MODEL.graph, (body) => {
    body.string(GRAPH.name, "graph");
    for (const node of executionOrder(graph)) body.message(GRAPH.node, (to) => writeNode(to, node, names));
    for (const [name, value] of Object.entries(graph.outputs)) {
      if (names.get(value) === name) continue;
      // The second name of an output, or the only one of what nothing computes.
      body.message(GRAPH.node, (to) => {
        to.string(NODE.input, names.get(value) ?? "")
          .string(NODE.output, name)
          .string(NODE.opType, "Identity");
      });
    }
    for (const [value, name] of names) {
      const { source } = value;
      if ("op" in source || source.kind === "input") continue;
      body.message(GRAPH.initializer, (to) => {
        for (const extent of value.shape) to.int(TENSOR.dims, extent);
        to.int(TENSOR.dataType, ONNX_DTYPE[value.dtype]).string(TENSOR.name, name);
        if (source.kind === "constant") to.bytes(TENSOR.rawData, bytesOf(source.data));
        else {
          const { file, offset, length } = source.storage;
          const place = location(file);
          files.set(place, file);
          const entries = { location: place, offset: String(offset), length: String(length) };
          for (const [key, text] of Object.entries(entries)) {
            to.message(TENSOR.external, (entry) => entry.string(ENTRY.key, key).string(ENTRY.value, text));
          }
          to.int(TENSOR.location, EXTERNAL);
        }
      });
    }
    for (const value of inputs) body.message(GRAPH.input, (to) => writeValueInfo(to, value));
    for (const value of outputs) body.message(GRAPH.output, (to) => writeValueInfo(to, value));
  });
  return { onnx: writer.finish(), inputs, outputs, files };
}

/**
 * The nodes in an order for the engine: first those that depend on weights alone, then the others. ONNX Runtime derives its
 * own order from this one; with the casts of half-precision weights first it computes each just before its use, while in the
 * order of first use it computes all of them up front and holds every float32 weight at once.
 */
function executionOrder(graph: Graph): readonly Node<Tensor>[] {
  const order = nodesOf(Object.values(graph.outputs));
  const fed = new Set<Node<Tensor>>();
  const isFed = ({ source }: Tensor) => ("op" in source ? fed.has(source) : source.kind === "input");
  for (const node of order) if (node.inputs.some((value) => value && isFed(value))) fed.add(node);
  return [...order.filter((node) => !fed.has(node)), ...order.filter((node) => fed.has(node))];
}

/** A unique name for every value: outputs, inputs and weights keep theirs, so that engine messages can be read. */
function nameValues(graph: Graph): ReadonlyMap<Tensor, string> {
  const names = new Map<Tensor, string>();
  const taken = new Set<string>(Object.keys(graph.outputs));
  for (const [name, value] of Object.entries(graph.outputs)) {
    if ("op" in value.source && !names.has(value)) names.set(value, name);
  }
  const add = (value: Tensor) => {
    if (names.has(value)) return;
    const { source } = value;
    let name =
      "op" in source ? `${source.op}_${names.size}` : source.kind === "constant" ? `c${names.size}` : source.name;
    // Two slices of one weight, or a weight named like an output, need names of their own.
    while (taken.has(name)) name += `_${names.size}`;
    taken.add(name);
    names.set(value, name);
  };
  for (const value of inputsOf(graph).values()) add(value);
  for (const node of nodesOf(Object.values(graph.outputs))) {
    for (const value of node.inputs) if (value) add(value);
    for (const value of node.outputs) add(value);
  }
  for (const value of Object.values(graph.outputs)) add(value);
  return names;
}

function writeNode(to: ProtobufWriter, node: Node<Tensor>, names: ReadonlyMap<Tensor, string>): void {
  const rule = ruleOf(node.op);
  for (const value of node.inputs) to.string(NODE.input, value ? (names.get(value) ?? "") : "");
  for (const value of node.outputs) to.string(NODE.output, names.get(value) ?? "");
  to.string(NODE.name, names.get(node.outputs[0]) ?? "").string(NODE.opType, node.op);
  for (const [name, value] of Object.entries(node.attributes)) {
    const kind = rule.attributes?.[name];
    invariant(kind, `the table knows no attribute ${name} of ${node.op}`);
    to.message(NODE.attribute, (attribute) => writeAttribute(attribute, name, kind, value));
  }
  if (rule.domain) to.string(NODE.domain, rule.domain);
}

function writeAttribute(to: ProtobufWriter, name: string, kind: AttributeKind, value: Attribute): void {
  to.string(ATTRIBUTE.name, name);
  if (kind === "ints") for (const item of value as readonly number[]) to.int(ATTRIBUTE.ints, item);
  else if (kind === "string") to.string(ATTRIBUTE.string, String(value));
  else if (kind === "float") to.float(ATTRIBUTE.float, Number(value));
  else to.int(ATTRIBUTE.int, Number(value));
  to.int(ATTRIBUTE.type, ATTRIBUTE_TYPE[kind]);
}

function writeValueInfo(to: ProtobufWriter, { name, dtype, shape }: NamedValue): void {
  to.string(VALUE_INFO.name, name).message(VALUE_INFO.type, (type) => {
    type.message(1, (tensor) => {
      tensor.int(1, ONNX_DTYPE[dtype]).message(2, (dims) => {
        for (const extent of shape) dims.message(1, (dim) => dim.int(1, extent));
      });
    });
  });
}

function bytesOf(data: ConstantData): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
