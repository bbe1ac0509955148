/** Text in PNG files: reading and writing tEXt, zTXt and iTXt chunks (PNG specification, §11.3.3). */

import { invariant, UsageError } from "../errors.ts";

/** Most bytes of text that are read from one chunk, after inflating. */
export const MAX_TEXT_BYTES = 2 ** 20;

interface Chunk {
  readonly type: string;
  readonly data: Uint8Array;
  /** Offset of the chunk from the start of the file. */
  readonly start: number;
  readonly crcMatches: boolean;
}

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** Whether the bytes start as a PNG file does. */
export function isPng(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, i) => bytes[i] === byte);
}

/**
 * The texts filed under `keys` in a PNG; of several under one key the first.
 *
 * @throws UsageError when the bytes are no PNG, one of these chunks is damaged, or its text is over `MAX_TEXT_BYTES`.
 */
export async function readPngText(png: Uint8Array, keys: readonly string[]): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const chunk of chunks(png)) {
    if (!["tEXt", "zTXt", "iTXt"].includes(chunk.type)) continue;
    const key = latin1(chunk.data.subarray(0, 80)).split("\0")[0];
    if (!keys.includes(key) || texts.has(key)) continue;
    if (!chunk.crcMatches) throw new UsageError(`the PNG's text "${key}" is damaged: its checksum does not match`);
    texts.set(key, await textOf(chunk, key));
  }
  return texts;
}

/**
 * A PNG with texts added in front of its pixels, under keys of 1 to 79 Latin-1 characters: as tEXt where Latin-1
 * suffices, otherwise as uncompressed iTXt. Texts already there under these keys are left out.
 *
 * @throws UsageError when the bytes are no PNG.
 */
export function writePngText(png: Uint8Array, texts: ReadonlyMap<string, string>): Uint8Array {
  return insertChunks(
    png,
    [...texts].map(([key, text]) => textChunk(key, text)),
    ({ type, data }) =>
      !["tEXt", "zTXt", "iTXt"].includes(type) || !texts.has(latin1(data.subarray(0, 80)).split("\0")[0]),
  );
}

/** A PNG with an eXIf chunk holding a TIFF structure; one that is already there is left out. */
export function writePngExif(png: Uint8Array, exif: Uint8Array): Uint8Array {
  return insertChunks(png, [encodeChunk("eXIf", exif)], ({ type }) => type !== "eXIf");
}

/** Puts chunks behind the header, and keeps of the others those that `keep` says. */
function insertChunks(png: Uint8Array, added: readonly Uint8Array[], keep: (chunk: Chunk) => boolean): Uint8Array {
  const parts: Uint8Array[] = [SIGNATURE];
  for (const chunk of chunks(png)) {
    if (keep(chunk)) parts.push(png.subarray(chunk.start, chunk.start + chunk.data.length + 12));
    if (chunk.type === "IHDR") parts.push(...added);
  }
  return concat(parts);
}

function* chunks(png: Uint8Array): Generator<Chunk> {
  if (!isPng(png)) throw new UsageError("expected a PNG file: the first bytes are not a PNG's");
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  let start = SIGNATURE.length;
  while (start + 12 <= png.length) {
    const length = view.getUint32(start);
    const end = start + 8 + length;
    if (end + 4 > png.length) return;
    const type = latin1(png.subarray(start + 4, start + 8));
    // Checksums of pixels are the decoder's to check, and long.
    const crcMatches = type === "IDAT" || crc32(png.subarray(start + 4, end)) === view.getUint32(end);
    yield { type, data: png.subarray(start + 8, end), start, crcMatches };
    start = end + 4;
  }
}

async function textOf({ type, data }: Chunk, key: string): Promise<string> {
  const body = data.subarray(key.length + 1);
  if (type === "zTXt") return latin1(await inflate(body.subarray(1), key));
  checkText(body.length, key);
  if (type === "tEXt") return latin1(body);
  // iTXt: compression flag and method, then language tag and translated key, each ended by a zero.
  const language = body.indexOf(0, 2);
  const translated = body.indexOf(0, language + 1);
  if (language < 0 || translated < 0)
    throw new UsageError(`the PNG's text "${key}" is damaged: its header is cut short`);
  const text = body.subarray(translated + 1);
  return new TextDecoder().decode(body[0] === 1 ? await inflate(text, key) : text);
}

function checkText(length: number, key: string): void {
  if (length <= MAX_TEXT_BYTES) return;
  throw new UsageError(`the PNG's text "${key}" is longer than ${MAX_TEXT_BYTES} bytes, the most that is read`);
}

/** Inflates a zlib stream, giving up as soon as the result is too long. */
async function inflate(data: Uint8Array, key: string): Promise<Uint8Array> {
  const stream = new Blob([new Uint8Array(data)]).stream().pipeThrough(new DecompressionStream("deflate"));
  const reader = stream.getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return concat(parts);
      length += value.length;
      checkText(length, key);
      parts.push(value);
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`the PNG's text "${key}" is damaged: it cannot be inflated`, { cause: error });
  } finally {
    reader.cancel().catch(() => {});
  }
}

function textChunk(key: string, text: string): Uint8Array {
  invariant(/^[\x20-\x7e\xa1-\xff]{1,79}$/.test(key), `"${key}" cannot be the key of a PNG text`);
  const isLatin1 = /^[\n\x20-\x7e\xa0-\xff]*$/.test(text);
  if (isLatin1) return encodeChunk("tEXt", bytesOf(`${key}\0${text}`));
  return encodeChunk("iTXt", concat([bytesOf(`${key}\0\0\0\0\0`), new TextEncoder().encode(text)]));
}

function encodeChunk(type: string, data: Uint8Array): Uint8Array {
  const chunk = new Uint8Array(data.length + 12);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, data.length);
  chunk.set(bytesOf(type), 4);
  chunk.set(data, 8);
  view.setUint32(data.length + 8, crc32(chunk.subarray(4, data.length + 8)));
  return chunk;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

function crc32(bytes: Uint8Array): number {
  let c = 0xffffffff;
  for (const byte of bytes) c = CRC_TABLE[(c ^ byte) & 0xff] ^ (c >>> 8);
  return ~c >>> 0;
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode(...bytes.subarray(i, i + 4096));
  return text;
}

function bytesOf(latin1Text: string): Uint8Array {
  return Uint8Array.from(latin1Text, (character) => character.charCodeAt(0));
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}
