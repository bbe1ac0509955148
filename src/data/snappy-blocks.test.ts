/** Parts of what the Snappy library compressed, and streams that have no blocks. */

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expected, golden, sha256 } from "./golden.test-data.ts";
import { blockRun, decompressRun, decompressSnappy, findBlocks } from "./snappy-blocks.ts";

const compressed = new Uint8Array(readFileSync(golden("blocks.snappy")));
const { length, sha256: hash } = expected.snappy;
const plain = decompressSnappy(compressed, length);

/** `count` times 64 bytes, the first a literal, the others copies from `back` before. */
function stream(count: number, back: number): Uint8Array {
  const literal = [60 << 2, 63, ...Array.from({ length: 64 }, (_, i) => i)];
  const copies = Array.from({ length: count - 1 }, () => [(63 << 2) | 2, back % 256, back >> 8]).flat();
  const total = count * 64;
  return Uint8Array.from([
    (total % 128) + 128,
    (Math.floor(total / 128) % 128) + 128,
    total >> 14,
    ...literal,
    ...copies,
  ]);
}

describe("findBlocks", () => {
  it("finds the blocks of a real stream", () => {
    expect(sha256(plain)).toBe(hash);
    const blocks = findBlocks(compressed)!;
    expect(blocks.length).toBe(length);
    expect(blocks.starts.length).toBe(Math.ceil(length / 65_536) + 1);
    expect(blocks.starts.at(-1)).toBe(compressed.length);
  });

  it("finds none where an element refers back over the edge of a block", () => {
    expect(findBlocks(stream(1024, 64))?.starts).toHaveLength(2);
    expect(findBlocks(stream(1025, 64))).toBeUndefined();
  });

  it("finds none where an element lies across the edge", () => {
    const odd = stream(1025, 64);
    const shorter = Uint8Array.from([...odd.slice(0, 4), 62, ...odd.slice(5, 68), ...odd.slice(69)]); // a literal of 63
    expect(findBlocks(shorter)).toBeUndefined();
  });

  it("finds none in what is cut short or too long", () => {
    expect(findBlocks(compressed.subarray(0, -1))).toBeUndefined();
    expect(findBlocks(Uint8Array.from([...compressed, 0, 0]))).toBeUndefined();
  });
});

describe("decompressRun", () => {
  it("gives any part", () => {
    const blocks = findBlocks(compressed)!;
    const part = fc.tuple(fc.nat({ max: length - 1 }), fc.integer({ min: 1, max: length }));
    fc.assert(
      fc.property(part, ([start, wanted]) => {
        const size = Math.min(wanted, length - start);
        const run = blockRun(blocks, start, size);
        const bytes = decompressRun(run, compressed.subarray(run.from, run.to));
        expect(bytes.length).toBe(run.length);
        expect(sha256(bytes.subarray(run.skip, run.skip + size))).toBe(sha256(plain.subarray(start, start + size)));
      }),
    );
  });

  it("reads no more than it must", () => {
    const blocks = findBlocks(compressed)!;
    const [from, to] = blocks.starts.subarray(1, 3);
    expect(blockRun(blocks, 65_536, 65_536)).toEqual({ from, to, length: 65_536, skip: 0 });
    expect(blockRun(blocks, 65_540, 1)).toEqual({ from, to, length: 65_536, skip: 4 });
  });
});
