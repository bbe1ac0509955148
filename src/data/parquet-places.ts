/** Where the byte strings of a Parquet file lie in it, found by watching them being read once. */

import type { AsyncBuffer, Compressors } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { blockRun, decompressRun, decompressSnappy, findBlocks, type SnappyBlocks } from "./snappy-blocks.ts";

/** Bytes of the file from `offset` on: as they are, or in Snappy's blocks. */
interface Stretch {
  readonly offset: number;
  readonly blocks?: SnappyBlocks;
}

/** A byte string: its position in a stretch, decompressed. */
export interface Place {
  readonly stretch: Stretch;
  readonly start: number;
  readonly length: number;
}

/** What to read a file through, to know afterwards where the values lie. */
export interface Watch {
  readonly file: AsyncBuffer;
  readonly compressors: Compressors;
  /** Where a value lies that was read as a view of a page; nothing for one that was put together, or other codecs. */
  placeOf(value: Uint8Array): Place | undefined;
}

/** Watches one reading. It holds on to all that is read, so it should not live longer. */
export function watch(file: AsyncBuffer): Watch {
  const stretches = new Map<ArrayBufferLike, Stretch>();
  const remember = (buffer: ArrayBuffer, offset: number): ArrayBuffer => {
    stretches.set(buffer, { offset });
    // hyparquet cuts what it fetched together.
    const slice = (from: number, to?: number) =>
      remember(ArrayBuffer.prototype.slice.call(buffer, from, to), offset + from);
    return Object.defineProperty(buffer, "slice", { value: slice });
  };
  return {
    file: {
      byteLength: file.byteLength,
      slice: async (start, end) => remember(await file.slice(start, end), start),
    },
    compressors: {
      ...compressors,
      SNAPPY(compressed, length) {
        const page = decompressSnappy(compressed, length);
        const from = stretches.get(compressed.buffer);
        const blocks = findBlocks(compressed);
        if (from !== undefined && blocks !== undefined) {
          stretches.set(page.buffer, { offset: from.offset + compressed.byteOffset, blocks });
        }
        return page;
      },
    },
    placeOf({ buffer, byteOffset: start, length }) {
      const stretch = stretches.get(buffer);
      return stretch && { stretch, start, length };
    },
  };
}

/** Reads one byte string and no more than the Snappy blocks it lies in. */
export async function readPlace(file: AsyncBuffer, { stretch, start, length }: Place): Promise<Uint8Array> {
  const { offset, blocks } = stretch;
  if (length === 0) return new Uint8Array();
  if (blocks === undefined) return new Uint8Array(await file.slice(offset + start, offset + start + length));
  const run = blockRun(blocks, start, length);
  const compressed = new Uint8Array(await file.slice(offset + run.from, offset + run.to));
  return decompressRun(run, compressed).subarray(run.skip, run.skip + length);
}
