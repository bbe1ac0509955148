/** Reads stored zip archives by their directory, checking every sum: another's view on what the studio writes. */

import { crc32 } from "node:zlib";

export interface Unzipped {
  readonly name: string;
  readonly bytes: Buffer;
}

/** @throws Error when the archive is not sound */
export function unzip(archive: Buffer): Unzipped[] {
  const end = archive.length - 22;
  if (archive.readUInt32LE(end) !== 0x06054b50) throw new Error("no end of a directory");
  const count = archive.readUInt16LE(end + 10);
  let at = archive.readUInt32LE(end + 16);
  return Array.from({ length: count }, () => {
    if (archive.readUInt32LE(at) !== 0x02014b50) throw new Error("no entry");
    const [sum, packed, size] = [16, 20, 24].map((offset) => archive.readUInt32LE(at + offset)) as [
      number,
      number,
      number,
    ];
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => archive.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
    ];
    const name = archive.toString("utf8", at + 46, at + 46 + nameLength);
    const local = archive.readUInt32LE(at + 42);
    if (archive.readUInt32LE(local) !== 0x04034b50 || packed !== size) throw new Error(`${name} is not stored`);
    const from = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const bytes = archive.subarray(from, from + size);
    if (crc32(bytes) !== sum) throw new Error(`${name} is damaged`);
    at += 46 + nameLength + extra + comment;
    return { name, bytes };
  });
}
