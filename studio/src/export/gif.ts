/** Animated GIF (GIF89a), written frame by frame; a frame may change only a part of the picture. */

import type { Palette } from "./palette.ts";

export interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Into the palette, row by row. */
  readonly indices: Uint8Array;
  /** How long it stays, in hundredths of a second. */
  readonly delay: number;
}

export interface Animation {
  readonly width: number;
  readonly height: number;
  readonly palette: Palette;
  readonly frames: readonly Frame[];
}

/** Bits of an index: the palette always has room for 256 colours. */
const DEPTH = 8;
const LARGEST_CODE = 4095;

/** The file. It repeats for ever. */
export function encodeGif({ width, height, palette, frames }: Animation): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  const text = (letters: string) => bytes.push(...[...letters].map((letter) => letter.charCodeAt(0)));
  const short = (value: number) => bytes.push(value & 255, value >> 8);
  text("GIF89a");
  short(width);
  short(height);
  bytes.push(0x80 | 0x70 | (DEPTH - 1), 0, 0); // a global table of 256 colours, 8 bits each
  for (let i = 0; i < 3 * 256; i++) bytes.push(palette[i] ?? 0);
  bytes.push(0x21, 0xff, 11);
  text("NETSCAPE2.0");
  bytes.push(3, 1, 0, 0, 0);
  for (const frame of frames) {
    bytes.push(0x21, 0xf9, 4, 0x04); // what is there stays
    short(frame.delay);
    bytes.push(0, 0, 0x2c);
    for (const value of [frame.left, frame.top, frame.width, frame.height]) short(value);
    bytes.push(0, DEPTH);
    const data = compress(frame.indices);
    for (let i = 0; i < data.length; i += 255) {
      const block = data.slice(i, i + 255);
      bytes.push(block.length, ...block);
    }
    bytes.push(0);
  }
  bytes.push(0x3b);
  return Uint8Array.from(bytes);
}

/** LZW with codes of 9 to 12 bits, as GIF has it. */
function compress(indices: Uint8Array): number[] {
  const clear = 1 << DEPTH;
  const end = clear + 1;
  const out: number[] = [];
  let held = 0;
  let bits = 0;
  let size = DEPTH + 1;
  let codes = new Map<number, number>();
  let next = end + 1;
  const put = (code: number) => {
    held |= code << bits;
    for (bits += size; bits >= 8; bits -= 8) {
      out.push(held & 255);
      held >>>= 8;
    }
  };
  put(clear);
  let prefix = indices[0] ?? 0;
  for (let i = 1; i < indices.length; i++) {
    const index = indices[i] ?? 0;
    const key = (prefix << 8) | index;
    const code = codes.get(key);
    if (code !== undefined) {
      prefix = code;
      continue;
    }
    put(prefix);
    if (next > LARGEST_CODE) {
      put(clear);
      codes = new Map();
      next = end + 1;
      size = DEPTH + 1;
    } else {
      codes.set(key, next);
      if (next >> size > 0) size++;
      next++;
    }
    prefix = index;
  }
  put(prefix);
  put(end);
  if (bits > 0) out.push(held & 255);
  return out;
}
