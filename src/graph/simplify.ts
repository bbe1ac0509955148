/** Rewrites a graph into a smaller one that computes the same: constants, common subexpressions, operations that do nothing. */

import { DTYPE_BYTES, elements } from "../ndarray.ts";
import { type Graph, nodesOf } from "./graph.ts";
import type { Node } from "./node.ts";
import { integers, sameShape } from "./ops/rule.ts";
import { type OpName, ruleOf } from "./ops.ts";
import { apply, constant, Tensor, weight } from "./tensor.ts";

/** Constants up to this many elements are computed here; larger ones are left to the engine, as formulas take less room. */
const MAX_FOLDED_ELEMENTS = 4096;

/** Code that no output needs is dropped by never being reached. */
export function simplify(graph: Graph): Graph {
  const unique = new Map<string, readonly Tensor[]>();
  const numbers = new Map<Tensor, number>();
  const renewed = new Map<Tensor, Tensor>();

  const share = (key: string, make: () => readonly Tensor[]): readonly Tensor[] => {
    const known = unique.get(key);
    if (known) return known;
    const made = make();
    unique.set(key, made);
    return made;
  };
  const number = (value: Tensor | undefined): number => {
    if (!value) return -1;
    const known = numbers.get(value) ?? numbers.size;
    numbers.set(value, known);
    return known;
  };
  const renew = (value: Tensor): Tensor => {
    const known = renewed.get(value);
    if (known) return known;
    const leaf = share(contentOf(value) ?? `value ${number(value)}`, () => [value])[0];
    renewed.set(value, leaf);
    return leaf;
  };
  const renewNode = (node: Node<Tensor>): readonly Tensor[] => {
    const inputs = node.inputs.map((value) => value && renew(value));
    return share(`${node.op}|${inputs.map(number).join()}|${JSON.stringify(node.attributes)}`, () => {
      const shorter = rewrite(node, inputs);
      if (shorter?.node) return [renewNode(shorter.node)[shorter.node.outputs.indexOf(shorter)]];
      if (shorter) return [renew(shorter)];
      return inputs.every((value, i) => value === node.inputs[i])
        ? node.outputs
        : apply(node.op as OpName, inputs, node.attributes);
    });
  };

  for (const node of nodesOf(Object.values(graph.outputs))) {
    const outputs = renewNode(node);
    for (const [i, output] of node.outputs.entries()) renewed.set(output, outputs[i]);
  }
  return { outputs: Object.fromEntries(Object.entries(graph.outputs).map(([name, value]) => [name, renew(value)])) };
}

/** Equal for leaves that hold the same: small constants by their bits, weights by their place. */
function contentOf(value: Tensor): string | undefined {
  const { source } = value;
  if (!("kind" in source) || source.kind === "input") return undefined;
  if (source.kind === "weight") return `weight ${source.storage.file} ${source.storage.offset} ${value}`;
  if (source.data.length > MAX_FOLDED_ELEMENTS) return undefined;
  const { buffer, byteOffset, byteLength } = source.data;
  return `constant ${value} ${new Uint8Array(buffer, byteOffset, byteLength).join()}`;
}

/** A shorter way to the node's only output, if there is one. `inputs` are already simplified. */
function rewrite(node: Node<Tensor>, inputs: readonly (Tensor | undefined)[]): Tensor | undefined {
  const [x, y] = inputs;
  if (!x || node.outputs.length !== 1) return undefined;
  return foldScalars(node, inputs) ?? moveWeight(node, x, inputs) ?? skip(node, x, y);
}

/** Computes an element-by-element op whose operands are all small constants. */
function foldScalars(node: Node<Tensor>, inputs: readonly (Tensor | undefined)[]): Tensor | undefined {
  const { scalar } = ruleOf(node.op);
  const [output] = node.outputs;
  if (!scalar || output.dtype !== "float32" || output.size > MAX_FOLDED_ELEMENTS) return undefined;
  const readers: ((index: number) => number)[] = [];
  for (const value of inputs) {
    const data = value && constantOf(value);
    if (!data) return undefined;
    readers.push(broadcastReader(value, output.shape, data));
  }
  const result = Float32Array.from({ length: output.size }, (_, i) => scalar(...readers.map((read) => read(i))));
  return constant(result, output.shape);
}

/** Reads `value`, broadcast to `shape`, by flat index. */
function broadcastReader(value: Tensor, shape: readonly number[], data: Float32Array): (index: number) => number {
  const strides = new Array<number>(shape.length).fill(0);
  let stride = 1;
  for (let axis = value.rank - 1; axis >= 0; axis--) {
    strides[axis + shape.length - value.rank] = value.shape[axis] === 1 ? 0 : stride;
    stride *= value.shape[axis];
  }
  return (index) => {
    let rest = index;
    let position = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      position += (rest % shape[axis]) * strides[axis];
      rest = Math.floor(rest / shape[axis]);
    }
    return data[position];
  };
}

function constantOf(value: Tensor): Float32Array | undefined {
  const { source } = value;
  const isConstant = "kind" in source && source.kind === "constant";
  return isConstant && source.data instanceof Float32Array ? source.data : undefined;
}

/** Reshaping a stored weight, or taking some of its rows, is pointing at it differently. A cast on the way stays on top. */
function moveWeight(node: Node<Tensor>, x: Tensor, inputs: readonly (Tensor | undefined)[]): Tensor | undefined {
  const stored = x.node?.op === "Cast" ? x.node.inputs[0] : x;
  if (!stored || !("kind" in stored.source) || stored.source.kind === "input") return undefined;
  const [output] = node.outputs;
  const view = (start: number): Tensor | undefined => {
    const { source } = stored;
    if (!("kind" in source)) return undefined;
    if (source.kind === "constant") {
      return output.size === stored.size ? new Tensor(stored.dtype, output.shape, source) : undefined;
    }
    if (source.kind !== "weight") return undefined;
    const bytes = DTYPE_BYTES[stored.dtype];
    const storage = { ...source.storage, offset: source.storage.offset + start * bytes, length: output.size * bytes };
    return weight(source.name, stored.dtype, output.shape, storage);
  };
  let moved: Tensor | undefined;
  if (node.op === "Reshape") moved = view(0);
  if (node.op === "Slice") {
    const [start, , axis, step] = inputs.slice(1).map((operand) => integers(operand)[0]);
    if (axis === 0 && step === 1 && start >= 0) moved = view(start * elements(stored.shape.slice(1)));
  }
  return moved?.cast(x.dtype);
}

/** Operations that return their input, and pairs that are one. */
function skip(node: Node<Tensor>, x: Tensor, y: Tensor | undefined): Tensor | undefined {
  const [output] = node.outputs;
  const unchanged = sameShape(x.shape, output.shape) && x.dtype === output.dtype;
  const neutral = (value: number) => unchanged && y && constantOf(y)?.every((item) => item === value);
  switch (node.op) {
    case "Reshape":
      if (unchanged) return x;
      return x.node?.op === "Reshape" ? x.node.inputs[0]?.reshape(output.shape) : undefined;
    case "Transpose": {
      const perm = node.attributes.perm as readonly number[];
      if (perm.every((axis, i) => axis === i)) return x;
      if (x.node?.op !== "Transpose") return undefined;
      const first = x.node.attributes.perm as readonly number[];
      return x.node.inputs[0]?.transpose(perm.map((axis) => first[axis]));
    }
    case "Expand":
    case "Cast":
    case "Pad":
      return unchanged ? x : undefined;
    case "Slice":
      return unchanged && integers(node.inputs[4])[0] === 1 ? x : undefined;
    case "Neg":
      return x.node?.op === "Neg" ? x.node.inputs[0] : undefined;
    case "Add":
    case "Sub":
      return neutral(0) ? x : undefined;
    case "Mul":
    case "Div":
      return neutral(1) ? x : undefined;
    default:
      return undefined;
  }
}
