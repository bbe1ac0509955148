/** Reading request bodies into memory, of which there is only so much. */

import type { Limits } from "../limits.ts";
import { ApiError } from "./api-error.ts";

export class BodyReader {
  readonly #limits: Pick<Limits, "bodyBytes" | "bodiesBytes">;
  #held = 0;

  constructor(limits: Pick<Limits, "bodyBytes" | "bodiesBytes">) {
    this.#limits = limits;
  }

  /** Bytes of bodies that are being read. */
  get held(): number {
    return this.#held;
  }

  /**
   * Hands a request's body to `use`. Its bytes count until `use` is done.
   * @throws ApiError 413 for a body that is too large, 429 while all bodies together would be
   */
  async read<T>(request: Request, use: (body: Uint8Array) => Promise<T>): Promise<T> {
    const declared = Number(request.headers.get("content-length") ?? 0);
    if (declared > this.#limits.bodyBytes) throw this.#tooLarge();
    let length = 0;
    try {
      const chunks: Uint8Array[] = [];
      for await (const chunk of request.body ?? []) {
        length += chunk.length;
        this.#held += chunk.length;
        if (length > this.#limits.bodyBytes) throw this.#tooLarge();
        if (this.#held > this.#limits.bodiesBytes) throw this.#busy();
        chunks.push(chunk);
      }
      return await use(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, length));
    } finally {
      this.#held -= length;
    }
  }

  #tooLarge(): ApiError {
    const most = Math.round(this.#limits.bodyBytes / 2 ** 20);
    return new ApiError(413, `the request is larger than ${most} MiB, the most one may be`, { code: "body_too_large" });
  }

  #busy(): ApiError {
    return new ApiError(429, "too many uploads are under way", { code: "uploads_busy", retryAfter: 2 });
  }
}
