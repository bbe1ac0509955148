/** The one EXIF block written here, a comment and a maker's note, and reading those two from any EXIF block. */

import { invariant } from "../errors.ts";

export interface Exif {
  /** Tag 0x9286, where image generators put their settings. */
  readonly userComment?: string;
  /** Tag 0x927C, private to the program that wrote it. */
  readonly makerNote?: Uint8Array;
}

const EXIF_POINTER = 0x8769;
const MAKER_NOTE = 0x927c;
const USER_COMMENT = 0x9286;
const LONG = 4;
const UNDEFINED = 7;

/** Eight bytes in front of a comment say its encoding. */
const UTF16 = "UNICODE\0";

/** Encodes a TIFF structure, big-endian, with an EXIF directory of these tags; the comment as UTF-16. */
export function encodeExif({ userComment, makerNote }: Exif): Uint8Array {
  const values: [tag: number, value: Uint8Array][] = [];
  if (makerNote !== undefined) values.push([MAKER_NOTE, makerNote]);
  if (userComment !== undefined) values.push([USER_COMMENT, encodeComment(userComment)]);
  const directory = 26;
  let offset = directory + 2 + values.length * 12 + 4;
  const out = new Uint8Array(values.reduce((end, [, value]) => end + value.length, offset));
  const view = new DataView(out.buffer);
  view.setUint32(0, 0x4d4d002a);
  view.setUint32(4, 8);
  view.setUint16(8, 1);
  entry(view, 10, EXIF_POINTER, LONG, 1, directory);
  view.setUint16(directory, values.length);
  for (const [i, [tag, value]] of values.entries()) {
    invariant(value.length > 4, "an EXIF value of four bytes or fewer stands in its entry");
    entry(view, directory + 2 + i * 12, tag, UNDEFINED, value.length, offset);
    out.set(value, offset);
    offset += value.length;
  }
  return out;
}

/** Reads the two tags from a TIFF structure, with or without the `Exif\0\0` in front. What is damaged is absent. */
export function decodeExif(bytes: Uint8Array): Exif {
  const tiff = ascii(bytes, 0, 6) === "Exif\0\0" ? bytes.subarray(6) : bytes;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  if (tiff.length < 8) return {};
  const little = ascii(tiff, 0, 2) === "II";
  const root = directoryAt(view, view.getUint32(4, little), little);
  const pointer = root.get(EXIF_POINTER);
  if (pointer === undefined) return {};
  const exif = directoryAt(view, pointer.offset, little);
  const valueAt = (tag: number) => {
    const found = exif.get(tag);
    if (found === undefined || found.offset + found.length > tiff.length) return undefined;
    return tiff.subarray(found.offset, found.offset + found.length);
  };
  const comment = valueAt(USER_COMMENT);
  return { userComment: comment && decodeComment(comment), makerNote: valueAt(MAKER_NOTE) };
}

function entry(view: DataView, at: number, tag: number, type: number, count: number, value: number): void {
  view.setUint16(at, tag);
  view.setUint16(at + 2, type);
  view.setUint32(at + 4, count);
  view.setUint32(at + 8, value);
}

function directoryAt(view: DataView, at: number, little: boolean): Map<number, { length: number; offset: number }> {
  const found = new Map<number, { length: number; offset: number }>();
  if (at + 2 > view.byteLength) return found;
  const count = view.getUint16(at, little);
  for (let i = at + 2; i < at + 2 + count * 12 && i + 12 <= view.byteLength; i += 12) {
    const length = view.getUint32(i + 4, little);
    found.set(view.getUint16(i, little), { length, offset: view.getUint32(i + 8, little) });
  }
  return found;
}

function encodeComment(text: string): Uint8Array {
  const out = new Uint8Array(8 + text.length * 2);
  const view = new DataView(out.buffer);
  for (let i = 0; i < 8; i++) out[i] = UTF16.charCodeAt(i);
  for (let i = 0; i < text.length; i++) view.setUint16(8 + i * 2, text.charCodeAt(i));
  return out;
}

function decodeComment(bytes: Uint8Array): string {
  const encoding = ascii(bytes, 0, 8);
  const text = bytes.subarray(8);
  if (encoding !== UTF16) return new TextDecoder().decode(text).replace(/\0+$/, "");
  // Programs disagree whether the file's byte order holds here. In most text the zeros are the high bytes.
  const zeros = [0, 0];
  for (let i = 0; i < text.length; i++) if (text[i] === 0) zeros[i % 2]++;
  return new TextDecoder(zeros[0] >= zeros[1] ? "utf-16be" : "utf-16le").decode(text).replace(/\0+$/, "");
}

function ascii(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to));
}
