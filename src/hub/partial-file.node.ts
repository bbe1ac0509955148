/** A download in progress on disk: bytes in order, hashed as they come, moved into place only once they are right. */

import { createHash, type Hash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { fileSize } from "./cache.node.ts";
import type { RemoteFile } from "./repository.ts";

const READ_BYTES = 1 << 20;

export class PartialFile {
  readonly #path: string;
  readonly #expected: RemoteFile;
  readonly #file: FileHandle;
  #hash: Hash;
  #length = 0;

  private constructor(path: string, expected: RemoteFile, file: FileHandle) {
    this.#path = path;
    this.#expected = expected;
    this.#file = file;
    this.#hash = startHash(expected);
  }

  /** Opens what an earlier download left at `path`, if anything, and hashes it. */
  static async open(path: string, expected: RemoteFile): Promise<PartialFile> {
    const partial = new PartialFile(path, expected, await open(path, constants.O_RDWR | constants.O_CREAT));
    try {
      await partial.#hashExisting();
      return partial;
    } catch (error) {
      await partial.close();
      throw error;
    }
  }

  /** Bytes held, all of them hashed. */
  get length(): number {
    return this.#length;
  }

  async append(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done, this.#length + done);
      done += bytesWritten;
    }
    this.#hash.update(bytes);
    this.#length += bytes.length;
  }

  /** Forgets everything held. */
  async restart(): Promise<void> {
    await this.#file.truncate(0);
    this.#hash = startHash(this.#expected);
    this.#length = 0;
  }

  /** Whether all bytes are here and hash to what they should. No byte can follow. */
  verify(): boolean {
    return this.#length === this.#expected.size && this.#hash.digest("hex") === this.#expected.hash;
  }

  /** Moves the file to where complete files live. On disk before its name is, so that a power cut leaves no ruin there. */
  async moveTo(path: string): Promise<void> {
    await this.#file.sync();
    await this.close();
    await rename(this.#path, path).catch(async (error) => {
      // Whoever took the lock for dead finishes the same bytes in the same file.
      if ((await fileSize(path)) !== this.#expected.size) throw error;
    });
  }

  /** May be called again. */
  async close(): Promise<void> {
    await this.#file.close();
  }

  async remove(): Promise<void> {
    await rm(this.#path, { force: true });
  }

  async #hashExisting(): Promise<void> {
    const { size } = await this.#file.stat();
    const buffer = new Uint8Array(Math.min(READ_BYTES, size));
    while (this.#length < size) {
      const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, this.#length);
      if (bytesRead === 0) break;
      this.#hash.update(buffer.subarray(0, bytesRead));
      this.#length += bytesRead;
    }
  }
}

/** Git hashes a blob's content behind a header with its length. */
function startHash({ algorithm, size }: RemoteFile): Hash {
  return algorithm === "sha256" ? createHash("sha256") : createHash("sha1").update(`blob ${size}\0`);
}
