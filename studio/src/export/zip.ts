/** Several files as one (PKZIP, stored): pictures are compressed already. */

interface Entry {
  readonly name: string;
  readonly file: Blob;
}

/** UTF-8 names (general purpose bit 11), version 2.0, no time stamp but the format's first day. */
const FLAGS = 0x0800;
const VERSION = 20;
const FIRST_DAY = 0x0021;

/** A zip archive. Names that occur twice get a number. */
export async function zip(entries: readonly Entry[]): Promise<Blob> {
  const parts: BlobPart[] = [];
  const directory: Uint8Array<ArrayBuffer>[] = [];
  let offset = 0;
  for (const { name, file } of distinct(entries)) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const title = new TextEncoder().encode(name);
    const common = commonHeader(bytes, title.length);
    const local = concat([fields([4, 0x04034b50]), common, title]);
    directory.push(
      concat([
        fields([4, 0x02014b50], [2, VERSION]),
        common,
        // No comment, disk 0, no attributes, and where the file begins.
        fields([2, 0], [2, 0], [2, 0], [4, 0], [4, offset]),
        title,
      ]),
    );
    parts.push(local, bytes);
    offset += local.length + bytes.length;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const count = directory.length;
  const end = fields([4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, size], [4, offset], [2, 0]);
  return new Blob([...parts, ...directory, end], { type: "application/zip" });
}

/** What the header before a file and its entry in the directory share. */
function commonHeader(bytes: Uint8Array, titleLength: number): Uint8Array<ArrayBuffer> {
  const { length } = bytes;
  return fields(
    ...([
      [2, VERSION],
      [2, FLAGS],
      [2, 0], // stored
      [2, 0],
      [2, FIRST_DAY],
      [4, crc32(bytes)],
      [4, length],
      [4, length],
      [2, titleLength],
      [2, 0],
    ] as const),
  );
}

/** Numbers of 2 or 4 bytes, least byte first. */
function fields(...values: readonly (readonly [2 | 4, number])[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(values.reduce((sum, [size]) => sum + size, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [size, value] of values) {
    if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += size;
  }
  return bytes;
}

function concat(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

function distinct(entries: readonly Entry[]): Entry[] {
  const taken = new Set<string>();
  return entries.map(({ name, file }) => {
    let free = name;
    for (let n = 2; taken.has(free); n++) free = name.replace(/(\.[^.]*)?$/, `-${n}$1`);
    taken.add(free);
    return { name: free, file };
  });
}

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  return c;
});

/** CRC-32 as in PNG and zip. */
export function crc32(bytes: Uint8Array): number {
  let c = 0xffffffff;
  for (const byte of bytes) c = (TABLE[(c ^ byte) & 255] ?? 0) ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}
