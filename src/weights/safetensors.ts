/**
 * The safetensors file format: reading the header over any source of bytes, and laying out a file to write.
 *
 * A file is a little-endian u64 N, N bytes of JSON naming each tensor's dtype, shape and byte range, then the bytes.
 */

import { CheckpointError, invariant } from "../errors.ts";
import { DTYPE_BYTES, type DType } from "../ndarray.ts";
import { abbreviate, isJsonObject, type JsonObject, type JsonValue, parseJsonObject } from "./json.ts";
import type { TensorIndex, TensorRef } from "./tensor-ref.ts";

/** Limits on what a file may ask for. Real checkpoints stay an order of magnitude below each. */
export const SAFETENSORS_LIMITS = {
  headerBytes: 25_000_000,
  tensors: 100_000,
  nameLength: 512,
  rank: 8,
} as const;

/** Spelling in files, largest alignment first: the order in which tensors are laid out, so that each is aligned. */
const FILE_DTYPES: ReadonlyMap<string, DType> = new Map([
  ["I64", "int64"],
  ["F64", "float64"],
  ["F32", "float32"],
  ["I32", "int32"],
  ["BF16", "bfloat16"],
  ["F16", "float16"],
  ["I16", "int16"],
  ["I8", "int8"],
  ["U8", "uint8"],
  ["BOOL", "bool"],
]);
const LAYOUT_ORDER: readonly DType[] = [...FILE_DTYPES.values()];

/** Bytes that are read on demand: a file, a `Blob`, a range of a download. */
export interface ByteSource {
  readonly size: number;
  /** Exactly `length` bytes from `offset`; rejects when there are fewer. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

export interface SafetensorsHeader {
  readonly tensors: TensorIndex;
  /** The `__metadata__` strings; empty when there are none. */
  readonly metadata: ReadonlyMap<string, string>;
}

/** A `Blob` or `File` as a source of bytes. */
export function blobSource(blob: Blob): ByteSource {
  return {
    size: blob.size,
    read: async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
  };
}

/**
 * Reads and checks a header; no tensor byte is read.
 *
 * @param file what `TensorRef.file` of every tensor becomes, and, unless `label` says otherwise, the name in messages.
 * @throws CheckpointError naming the file, the tensor and the rule that is broken. Every byte after the header belongs
 *   to exactly one tensor, so a truncated or overlapping file never yields an index.
 */
export async function readSafetensorsHeader(
  source: ByteSource,
  file: string,
  label = file,
): Promise<SafetensorsHeader> {
  const { json, dataStart } = await readJson(source, label);
  const metadata = parseMetadata(json.__metadata__, label);
  const entries = Object.entries(json).filter(([name]) => name !== "__metadata__");
  if (entries.length > SAFETENSORS_LIMITS.tensors) {
    throw new CheckpointError(`${label}: ${entries.length} tensors, more than ${SAFETENSORS_LIMITS.tensors}`);
  }
  const refs = entries.map(([name, entry]) => parseEntry(name, entry, file, dataStart, label));
  checkCoverage(refs, dataStart, source.size, label);
  return { tensors: new Map(refs.map((ref) => [ref.name, ref])), metadata };
}

async function readJson(source: ByteSource, label: string): Promise<{ json: JsonObject; dataStart: number }> {
  const fail = (problem: string) => new CheckpointError(`${label} is not a safetensors file: ${problem}`);
  if (source.size < 8) throw fail(`${source.size} bytes are too few; is the download complete?`);
  const prefix = await source.read(0, 8);
  const length = Number(new DataView(prefix.buffer, prefix.byteOffset).getBigUint64(0, true));
  if (length > SAFETENSORS_LIMITS.headerBytes) {
    throw fail(foreignFormat(prefix) ?? `its header claims ${length} bytes, over ${SAFETENSORS_LIMITS.headerBytes}`);
  }
  if (length > source.size - 8) {
    throw fail(`its header claims ${length} bytes, the file has ${source.size - 8} after the length; is it truncated?`);
  }
  const bytes = await source.read(8, length);
  if (bytes[0] !== 0x7b) throw fail("its header does not start with {");
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return { json: parseJsonObject(text, 3), dataStart: 8 + length };
  } catch (error) {
    throw fail(`its header cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

/** What files that are often met in place of weights begin with. */
function foreignFormat(prefix: Uint8Array): string | undefined {
  const text = String.fromCharCode(...prefix);
  if (text === "version ") return "it is a Git LFS pointer; fetch the real file with `git lfs pull`";
  if (text.startsWith("PK") || prefix[0] === 0x80) {
    return "it is a PyTorch pickle, which could run code when read; convert it to safetensors first";
  }
  if (text.startsWith("<")) return "it is a web page; download the file again";
  return undefined;
}

function parseMetadata(value: JsonValue | undefined, label: string): Map<string, string> {
  const metadata = new Map<string, string>();
  if (value === undefined) return metadata;
  if (!isJsonObject(value)) throw new CheckpointError(`${label}: __metadata__ must be an object of strings`);
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== "string") {
      throw new CheckpointError(`${label}: __metadata__ ${abbreviate(key)} must be a string, not ${abbreviate(text)}`);
    }
    metadata.set(key, text);
  }
  return metadata;
}

function parseEntry(name: string, entry: JsonValue, file: string, dataStart: number, label: string): TensorRef {
  const fail = (rule: string) => new CheckpointError(`${label}: tensor ${abbreviate(name)}: ${rule}`);
  if (name.length > SAFETENSORS_LIMITS.nameLength) {
    throw fail(`the name has ${name.length} characters, over ${SAFETENSORS_LIMITS.nameLength}`);
  }
  if (!isJsonObject(entry)) throw fail(`expected {dtype, shape, data_offsets}, got ${abbreviate(entry)}`);
  const dtype = typeof entry.dtype === "string" ? FILE_DTYPES.get(entry.dtype) : undefined;
  if (dtype === undefined) {
    const supported = [...FILE_DTYPES.keys()].join(", ");
    throw fail(`dtype ${abbreviate(entry.dtype)} is not supported, only ${supported}; convert the checkpoint`);
  }
  const { shape, data_offsets: offsets } = entry;
  if (!isExtents(shape)) throw fail(`the shape must be a list of non-negative integers, not ${abbreviate(shape)}`);
  if (shape.length > SAFETENSORS_LIMITS.rank) throw fail(`rank ${shape.length}, over ${SAFETENSORS_LIMITS.rank}`);
  if (!isExtents(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) {
    throw fail(`data_offsets must be [begin, end] with begin <= end, not ${abbreviate(offsets)}`);
  }
  const [begin, end] = offsets;
  const length = byteLength(shape, dtype);
  if (length === undefined) throw fail(`shape [${shape.join(", ")}] is too large`);
  if (length !== end - begin) {
    throw fail(`${entry.dtype} of shape [${shape.join(", ")}] takes ${length} bytes, data_offsets give ${end - begin}`);
  }
  return { name, dtype, shape, file, offset: dataStart + begin, length };
}

function isExtents(value: JsonValue | undefined): value is readonly number[] {
  return Array.isArray(value) && value.every((extent) => Number.isSafeInteger(extent) && extent >= 0);
}

/** Bytes of a tensor, or nothing when a product on the way is not an exact integer. */
function byteLength(shape: readonly number[], dtype: DType): number | undefined {
  let length = DTYPE_BYTES[dtype];
  for (const extent of shape) {
    length *= extent;
    if (!Number.isSafeInteger(length)) return undefined;
  }
  return length;
}

/** Every byte from `dataStart` to the end of the file must belong to exactly one tensor. */
function checkCoverage(refs: readonly TensorRef[], dataStart: number, size: number, label: string): void {
  const inOrder = refs.toSorted((a, b) => a.offset - b.offset || a.length - b.length);
  let end = dataStart;
  for (const ref of inOrder) {
    if (ref.offset !== end) {
      const problem = ref.offset < end ? "overlaps the one before it" : "leaves a hole before it";
      throw new CheckpointError(`${label}: tensor ${abbreviate(ref.name)} ${problem}`);
    }
    end += ref.length;
    if (end > size) {
      const missing = `ends at byte ${end}, the file at ${size}; is it truncated?`;
      throw new CheckpointError(`${label}: tensor ${abbreviate(ref.name)} ${missing}`);
    }
  }
  if (end < size) throw new CheckpointError(`${label}: ${size - end} bytes after the last tensor belong to none`);
}

/** A tensor about to be written. */
export interface TensorSpec {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/**
 * The bytes before the data, and the order in which the tensors' bytes must follow: largest alignment first, then by
 * name, so that the same tensors always give the same file.
 */
export function layoutSafetensors<Spec extends TensorSpec>(
  tensors: readonly Spec[],
  metadata: ReadonlyMap<string, string> = new Map(),
): { header: Uint8Array; order: Spec[] } {
  const order = tensors.toSorted(
    (a, b) => LAYOUT_ORDER.indexOf(a.dtype) - LAYOUT_ORDER.indexOf(b.dtype) || (a.name < b.name ? -1 : 1),
  );
  // Written by hand: in a JavaScript object, names that look like numbers would move to the front.
  const fields = metadata.size > 0 ? [`"__metadata__":${JSON.stringify(Object.fromEntries(metadata))}`] : [];
  let offset = 0;
  for (const { name, dtype, shape } of order) {
    const length = byteLength(shape, dtype);
    invariant(
      length !== undefined && name !== "__metadata__",
      `tensor ${name} [${shape.join(", ")}] cannot be written`,
    );
    const entry = { dtype: fileDType(dtype), shape, data_offsets: [offset, offset + length] };
    fields.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`);
    offset += length;
  }
  invariant(new Set(tensors.map(({ name }) => name)).size === tensors.length, "two tensors of one name");
  return { header: frame(`{${fields.join(",")}}`), order };
}

function fileDType(dtype: DType): string {
  for (const [spelling, type] of FILE_DTYPES) if (type === dtype) return spelling;
  throw new Error(`internal: no spelling for ${dtype}`);
}

/** Length prefix and JSON, padded with spaces so that the data starts at a multiple of eight. */
function frame(json: string): Uint8Array {
  const text = new TextEncoder().encode(json);
  const length = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(text, 8);
  return bytes;
}
