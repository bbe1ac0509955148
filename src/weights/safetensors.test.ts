import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CheckpointError } from "../errors.ts";
import { DTYPE_BYTES, type DType, elements } from "../ndarray.ts";
import {
  type ByteSource,
  blobSource,
  layoutSafetensors,
  readSafetensorsHeader,
  SAFETENSORS_LIMITS,
  type TensorSpec,
} from "./safetensors.ts";
import { floatsFromBytes } from "./tensor-bytes.ts";

const pythonFile = readFileSync(new URL("../../test/golden/weights/python.safetensors", import.meta.url));
const pythonValues: Record<string, { shape: number[]; values: number[] }> = JSON.parse(
  readFileSync(new URL("../../test/golden/weights/python.json", import.meta.url), "utf8"),
);

function memory(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: async (offset, length) => bytes.slice(offset, offset + length) };
}

/** A file of any header text, followed by `dataBytes` zeros. */
function fileOf(header: string | Uint8Array, dataBytes = 0): Uint8Array {
  const text = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

function read(bytes: Uint8Array) {
  return readSafetensorsHeader(memory(bytes), "m.safetensors");
}

const specs: fc.Arbitrary<TensorSpec[]> = fc.uniqueArray(
  fc.record({
    name: fc.string({ unit: "grapheme", maxLength: 12 }).filter((name) => name !== "__metadata__"),
    dtype: fc.constantFrom(...(Object.keys(DTYPE_BYTES) as DType[])),
    shape: fc.array(fc.nat(4), { maxLength: 4 }),
  }),
  { selector: ({ name }) => name, maxLength: 8 },
);

describe("reading a header", () => {
  it("gives what Python's safetensors wrote, value by value", async () => {
    const { tensors, metadata } = await read(pythonFile);
    expect([...metadata]).toEqual([["format", "pt"]]);
    expect([...tensors.keys()].sort()).toEqual(Object.keys(pythonValues).sort());
    for (const [name, { shape, dtype, offset, length }] of tensors) {
      expect(shape).toEqual(pythonValues[name].shape);
      const values = floatsFromBytes(pythonFile.subarray(offset, offset + length), dtype);
      expect([...values]).toEqual(pythonValues[name].values.map(Math.fround));
    }
  });

  it("reads the length and the header, nothing else", async () => {
    const reads: [number, number][] = [];
    const source = memory(pythonFile);
    const counting: ByteSource = {
      size: source.size,
      read: (offset, length) => {
        reads.push([offset, length]);
        return source.read(offset, length);
      },
    };
    await readSafetensorsHeader(counting, "m");
    const headerLength = Number(pythonFile.readBigUInt64LE(0));
    expect(reads).toEqual([
      [0, 8],
      [8, headerLength],
    ]);
  });

  it("works on a Blob", async () => {
    const { tensors } = await readSafetensorsHeader(blobSource(new Blob([new Uint8Array(pythonFile)])), "blob");
    expect(tensors.get("float.F32")?.shape).toEqual([3, 5]);
  });
});

describe("a laid out file", () => {
  it("is the one Python's safetensors writes", async () => {
    const { tensors, metadata } = await read(pythonFile);
    const { header, order } = layoutSafetensors([...tensors.values()].reverse(), metadata);
    const data = order.map(({ offset, length }) => pythonFile.subarray(offset, offset + length));
    expect(Buffer.concat([header, ...data]).equals(pythonFile)).toBe(true);
  });

  it("reads back as it was, aligned", async () => {
    await fc.assert(
      fc.asyncProperty(specs, fc.dictionary(fc.string(), fc.string()), async (tensors, metadata) => {
        const { header, order } = layoutSafetensors(tensors, new Map(Object.entries(metadata)));
        const size = order.reduce((total, { shape, dtype }) => total + elements(shape) * DTYPE_BYTES[dtype], 0);
        const bytes = new Uint8Array(header.length + size);
        bytes.set(header);
        const back = await read(bytes);
        expect(Object.fromEntries(back.metadata)).toEqual({ ...metadata });
        expect([...back.tensors.values()].map(({ name, dtype, shape }) => ({ name, dtype, shape }))).toEqual(order);
        for (const { offset, dtype } of back.tensors.values()) expect(offset % DTYPE_BYTES[dtype]).toBe(0);
      }),
      { numRuns: 200, seed: 4 },
    );
  });
});

describe("a malformed file is refused:", () => {
  const entry = (changes: object = {}) => ({ dtype: "F32", shape: [2], data_offsets: [0, 8], ...changes });
  const one = (changes: object) => fileOf(JSON.stringify({ w: entry(changes) }), 8);
  const huge = Array.from({ length: SAFETENSORS_LIMITS.tensors + 1 }, (_, i) => `"${i}":0`).join();

  it.each<[rule: string, file: Uint8Array, message: RegExp]>([
    ["an empty file", new Uint8Array(0), /0 bytes are too few/],
    ["a header beyond the file", fileOf("{}").subarray(0, 9), /claims 2 bytes, the file has 1/],
    ["a header over the limit", fileOf("{}").fill(255, 0, 8), /claims .* over 25000000/],
    ["a Git LFS pointer", new TextEncoder().encode("version https://git-lfs.github.com/spec/v1"), /git lfs pull/],
    ["a zipped pickle", new TextEncoder().encode("PK\x03\x04 and more"), /pickle/],
    ["a pickle", Uint8Array.of(128, 2, 138, 10, 108, 252, 156, 70, 249), /pickle/],
    ["a web page", new TextEncoder().encode("<!DOCTYPE html>"), /web page/],
    ["a header that is no object", fileOf("[]"), /does not start with \{/],
    ["leading space", fileOf(" {}"), /does not start with \{/],
    ["a byte order mark", fileOf("\ufeff{}"), /does not start with \{/],
    ["bad UTF-8", fileOf(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x30, 0x7d)), /cannot be read/],
    ["bad JSON", fileOf("{"), /cannot be read/],
    ["an unfinished string", fileOf('{"a'), /cannot be read/],
    ["nesting", fileOf(`{"a":${"[".repeat(10_000)}`), /deeper than 3/],
    [
      "a name that comes twice",
      fileOf('{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"\\u0061":0}'),
      /"a" occurs twice/,
    ],
    ["a field that comes twice", fileOf('{"a":{"dtype":"F32","dtype":"F32"}}'), /"dtype" occurs twice/],
    ["metadata of another type", fileOf('{"__metadata__":[]}'), /__metadata__ must be an object/],
    ["metadata that is no text", fileOf('{"__metadata__":{"epoch":3}}'), /"epoch" must be a string, not 3/],
    ["too many tensors", fileOf(`{${huge}}`), /100001 tensors, more than 100000/],
    ["a long name", fileOf(JSON.stringify({ ["w".repeat(513)]: entry() }), 8), /the name has 513 characters, over 512/],
    ["an entry that is no object", fileOf('{"w":3}'), /m\.safetensors: tensor "w": expected \{dtype/],
    ["an unknown dtype", one({ dtype: "F8_E4M3" }), /tensor "w": dtype "F8_E4M3" is not supported/],
    ["four-bit integers", one({ dtype: "I4" }), /dtype "I4" is not supported/],
    ["no dtype", one({ dtype: undefined }), /dtype nothing is not supported/],
    ["no shape", one({ shape: undefined }), /the shape must be a list/],
    ["a fractional extent", one({ shape: [0.5, 4] }), /the shape must be a list/],
    ["a negative extent", one({ shape: [-2] }), /the shape must be a list/],
    ["a text extent", one({ shape: ["2"] }), /the shape must be a list/],
    ["an inexact extent", one({ shape: [2 ** 53] }), /the shape must be a list/],
    ["an overflowing shape", one({ shape: [2 ** 30, 2 ** 30] }), /shape \[1073741824, 1073741824\] is too large/],
    ["a high rank", one({ shape: [1, 1, 1, 1, 1, 1, 1, 1, 2] }), /rank 9, over 8/],
    ["one offset", one({ data_offsets: [8] }), /data_offsets must be/],
    ["offsets backwards", one({ data_offsets: [8, 0] }), /data_offsets must be/],
    ["a length that does not fit", one({ shape: [3] }), /F32 of shape \[3\] takes 12 bytes, data_offsets give 8/],
    ["a truncated tensor", one({}).subarray(0, -1), /tensor "w" ends at byte .*truncated/],
    ["bytes of no tensor", fileOf(JSON.stringify({ w: entry() }), 9), /1 bytes after the last tensor/],
    ["a hole", one({ data_offsets: [4, 12] }), /tensor "w" leaves a hole/],
    ["an overlap", fileOf(JSON.stringify({ v: entry(), w: entry({ data_offsets: [4, 12] }) }), 12), /"w" overlaps/],
    ["the same bytes twice", fileOf(JSON.stringify({ v: entry(), w: entry() }), 8), /tensor "w" overlaps/],
  ])("%s", async (_rule, file, message) => {
    const error = await read(file).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CheckpointError);
    expect(error).toHaveProperty("message", expect.stringMatching(message));
    expect(error).toHaveProperty("message", expect.stringMatching(/^m\.safetensors/));
  });
});

describe("a damaged file", () => {
  it("is refused wherever it was cut off", async () => {
    for (let length = 0; length < pythonFile.length; length++) {
      await expect(read(pythonFile.subarray(0, length))).rejects.toThrow(CheckpointError);
    }
  });

  it("is refused, or still describes bytes that are all there and belong to one tensor each", async () => {
    let refused = 0;
    const headerEnd = 8 + Number(pythonFile.readBigUInt64LE(0));
    const change = fc.tuple(
      fc.nat(headerEnd - 1),
      fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('{}[],:"0129-.e\\'))),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const bytes = new Uint8Array(pythonFile);
        for (const [at, byte] of changes) bytes[at] = byte;
        const header = await read(bytes).catch((error: unknown) => {
          expect(error).toBeInstanceOf(CheckpointError);
          return undefined;
        });
        if (header === undefined) {
          refused++;
          return;
        }
        const owners = new Uint8Array(bytes.length);
        for (const { offset, length, shape, dtype } of header.tensors.values()) {
          expect(length).toBe(elements(shape) * DTYPE_BYTES[dtype]);
          expect(offset + length).toBeLessThanOrEqual(bytes.length);
          for (let i = offset; i < offset + length; i++) owners[i]++;
        }
        expect(owners.subarray(headerEnd).every((count) => count === 1)).toBe(true);
      }),
      { numRuns: 3000, seed: 5 },
    );
    expect(refused).toBeGreaterThan(1000);
  });
});
