/**
 * A file of float32 records of one length that are found by the hash of what they were computed from. Records are only
 * appended, so a file whose writer was killed has at most one incomplete record, at its end.
 *
 * A record is its key (SHA-256, 32 bytes), its values, and the CRC-32C of both (u32).
 */

import { type FileHandle, open } from "node:fs/promises";
import { invariant } from "../errors.ts";
import { crc32c } from "./run/crc32c.ts";

const KEY_BYTES = 32;
const CRC_BYTES = 4;

export class LatentsFile implements AsyncDisposable {
  readonly #handle: FileHandle;
  readonly #length: number;
  /** Numbers of the records by key in hexadecimal digits. */
  readonly #places: Map<string, number>;
  #count: number;
  #written: Promise<void> = Promise.resolve();

  private constructor(handle: FileHandle, length: number, places: Map<string, number>, count: number) {
    this.#handle = handle;
    this.#length = length;
    this.#places = places;
    this.#count = count;
  }

  /** Opens or creates the file of records of `length` numbers. What is incomplete at its end is cut off. */
  static async open(path: string, length: number): Promise<LatentsFile> {
    const handle = await open(path, "a+");
    try {
      const stride = strideOf(length);
      const { size } = await handle.stat();
      const count = Math.floor(size / stride);
      if (size !== count * stride) await handle.truncate(count * stride);
      const places = new Map<string, number>();
      const key = new Uint8Array(KEY_BYTES);
      for (let i = 0; i < count; i++) {
        await handle.read(key, 0, KEY_BYTES, i * stride);
        places.set(hex(key), i);
      }
      return new LatentsFile(handle, length, places, count);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** The values under a key (64 hexadecimal digits); undefined when there are none, or they are damaged. */
  async get(key: string): Promise<Float32Array | undefined> {
    await this.#written;
    const place = this.#places.get(key);
    if (place === undefined) return undefined;
    const record = new Uint8Array(strideOf(this.#length));
    await this.#handle.read(record, 0, record.length, place * record.length);
    const end = record.length - CRC_BYTES;
    const whole = crc32c(record.subarray(0, end)) === new DataView(record.buffer).getUint32(end, true);
    return whole ? new Float32Array(record.buffer, KEY_BYTES, this.#length) : undefined;
  }

  /** Appends values; those that were under the key count no longer. */
  put(key: string, values: Float32Array): Promise<void> {
    invariant(values.length === this.#length, `${values.length} values for records of ${this.#length}`);
    const record = new Uint8Array(strideOf(this.#length));
    record.set(Buffer.from(key, "hex"));
    new Float32Array(record.buffer, KEY_BYTES, this.#length).set(values);
    const end = record.length - CRC_BYTES;
    new DataView(record.buffer).setUint32(end, crc32c(record.subarray(0, end)), true);
    const append = async () => {
      await this.#handle.appendFile(record);
      this.#places.set(key, this.#count++);
    };
    this.#written = this.#written.then(append);
    return this.#written;
  }

  async dispose(): Promise<void> {
    await this.#written.catch(() => {});
    await this.#handle.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}

function strideOf(length: number): number {
  return KEY_BYTES + length * Float32Array.BYTES_PER_ELEMENT + CRC_BYTES;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
