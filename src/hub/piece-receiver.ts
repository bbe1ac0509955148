/** Makes pieces of a file's bytes as they come, and sees to it that they are the right ones. */

import { HubError } from "../errors.ts";
import { Sha256 } from "./sha256.ts";

export interface ReceiverOptions {
  /** Those that are there already, from the beginning. */
  readonly pieces: readonly Blob[];
  readonly pieceBytes: number;
  /** Keeps a piece; resolves to it as it is kept. Rejects when there is no room. */
  put(index: number, content: Blob): Promise<Blob>;
}

export interface Expected {
  readonly name: string;
  readonly size: number;
  readonly sha256?: string;
}

export class PieceReceiver {
  readonly #file: Expected;
  readonly #options: ReceiverOptions;
  readonly #pieces: Blob[];
  readonly #hash: Sha256 | undefined;
  #pending: Uint8Array<ArrayBuffer>[] = [];
  #pendingBytes = 0;
  #received: number;
  #kept = true;
  #isUseless = false;

  constructor(file: Expected, options: ReceiverOptions) {
    this.#file = file;
    this.#options = options;
    this.#pieces = [...options.pieces];
    this.#received = this.#pieces.reduce((sum, { size }) => sum + size, 0);
    this.#hash = file.sha256 === undefined ? undefined : new Sha256();
  }

  /** Bytes that are here. */
  get received(): number {
    return this.#received;
  }

  get pieces(): Blob[] {
    return this.#pieces;
  }

  /** Whether every piece could be kept. */
  get kept(): boolean {
    return this.#kept;
  }

  /** Whether what has arrived is not worth keeping. */
  get isUseless(): boolean {
    return this.#isUseless;
  }

  /** Reads again what was there before, for the hash. */
  async recall(): Promise<void> {
    for (const piece of this.#hash === undefined ? [] : this.#pieces)
      this.#hash?.update(new Uint8Array(await piece.arrayBuffer()));
  }

  /** @throws HubError when there are too many bytes, or, with the last, when they are not what the hash says. */
  async append(bytes: Uint8Array): Promise<void> {
    const { size, sha256 } = this.#file;
    const { pieceBytes } = this.#options;
    if (bytes.length === 0) return;
    if (this.#received + bytes.length > size) throw this.refuse(`it is longer than its ${size} bytes`);
    this.#hash?.update(bytes);
    if (this.#received + bytes.length === size && this.#hash !== undefined && this.#hash.hex() !== sha256)
      throw this.refuse(`its SHA-256 is not ${sha256}; a proxy or mirror may be altering it`);
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.slice(at, at + pieceBytes - this.#pendingBytes);
      at += part.length;
      this.#pending.push(part);
      this.#pendingBytes += part.length;
      this.#received += part.length;
      if (this.#pendingBytes === pieceBytes || this.#received === size) await this.#seal();
    }
  }

  /** Says that what has arrived is of no use, and why. */
  refuse(reason: string): HubError {
    this.#isUseless = true;
    return new HubError(`${this.#file.name}: what arrived is not the file that was asked for: ${reason}`, {
      retryable: false,
    });
  }

  async #seal(): Promise<void> {
    const piece = new Blob(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#pieces.push(await this.#keep(piece));
  }

  /** Once there was no room, the rest stays in memory. */
  async #keep(piece: Blob): Promise<Blob> {
    if (!this.#kept) return piece;
    try {
      return await this.#options.put(this.#pieces.length, piece);
    } catch {
      this.#kept = false;
      return piece;
    }
  }
}
