/**
 * Parts of Snappy-compressed bytes, without what is before them.
 *
 * The format lets every element refer to anything before it, but compressors begin anew every 65 536 bytes. Where those
 * blocks begin is found by walking over the elements, which for pictures, hardly compressible, are few and long.
 */

import { snappyUncompress } from "hyparquet";

const BLOCK = 65_536;

/** Compressed bytes that can be read from the middle. */
export interface SnappyBlocks {
  /** Number of bytes when decompressed. */
  readonly length: number;
  /** Where each block of 65 536 bytes begins in the compressed bytes, and the end. */
  readonly starts: Uint32Array;
}

/** A range of compressed bytes that holds what is asked for. */
export interface BlockRun {
  /** First compressed byte, and the one after the last. */
  readonly from: number;
  readonly to: number;
  /** Number of bytes when decompressed. */
  readonly length: number;
  /** How many of those come before what is asked for. */
  readonly skip: number;
}

/** The blocks of compressed bytes; nothing when they are damaged, or an element reaches over the edge of a block. */
export function findBlocks(bytes: Uint8Array): SnappyBlocks | undefined {
  const preamble = readVarint(bytes);
  const starts: number[] = [];
  let at = preamble.size;
  let written = 0;
  while (at < bytes.length) {
    const inBlock = written % BLOCK;
    if (inBlock === 0) starts.push(at);
    const { size, length, back } = elementAt(bytes, at);
    if (inBlock + length > BLOCK || back > inBlock) return undefined;
    at += size;
    written += length;
  }
  if (at !== bytes.length || written !== preamble.value) return undefined;
  return { length: written, starts: Uint32Array.from([...starts, at]) };
}

/** Which compressed bytes hold `length` >= 1 decompressed ones from `start` on. */
export function blockRun(blocks: SnappyBlocks, start: number, length: number): BlockRun {
  const first = Math.floor(start / BLOCK);
  const end = Math.ceil((start + length) / BLOCK);
  return {
    from: blocks.starts[first],
    to: blocks.starts[end],
    length: Math.min(end * BLOCK, blocks.length) - first * BLOCK,
    skip: start - first * BLOCK,
  };
}

/** Decompresses the bytes of a run. */
export function decompressRun(run: BlockRun, compressed: Uint8Array): Uint8Array {
  const preamble = varint(run.length);
  const whole = new Uint8Array(preamble.length + compressed.length);
  whole.set(preamble);
  whole.set(compressed, preamble.length);
  return decompressSnappy(whole, run.length);
}

/** @throws Error when the bytes are damaged. */
export function decompressSnappy(compressed: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  snappyUncompress(compressed, out);
  return out;
}

/** Of the element at a position: its compressed and decompressed size, and how far back it refers (0 for a literal). */
function elementAt(bytes: Uint8Array, at: number): { size: number; length: number; back: number } {
  const tag = bytes[at];
  const high = tag >> 2;
  const number = (size: number) => {
    let value = 0;
    for (let i = size; i > 0; i--) value = value * 256 + bytes[at + i];
    return value;
  };
  switch (tag & 3) {
    case 0: {
      const more = Math.max(high - 59, 0);
      const length = (more === 0 ? high : number(more)) + 1;
      return { size: 1 + more + length, length, back: 0 };
    }
    case 1:
      return { size: 2, length: 4 + (high & 7), back: (tag >> 5) * 256 + number(1) };
    case 2:
      return { size: 3, length: 1 + high, back: number(2) };
    default:
      return { size: 5, length: 1 + high, back: number(4) };
  }
}

function readVarint(bytes: Uint8Array): { value: number; size: number } {
  let value = 0;
  for (let size = 0; size < bytes.length && size < 5; size++) {
    value += (bytes[size] & 127) * 128 ** size;
    if (bytes[size] < 128) return { value, size: size + 1 };
  }
  return { value, size: bytes.length };
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}
