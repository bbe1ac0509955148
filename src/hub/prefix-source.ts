/** The beginning of a file on a server, as far as it is asked for: enough for a header. */

import { CheckpointError } from "../errors.ts";
import type { ByteSource } from "../weights/safetensors.ts";
import { requestFile } from "./file-request.ts";
import type { KeepOptions, ServedFile } from "./kept-file.ts";
import { PassingError, RETRY, withRetries } from "./retry.ts";

/** Bytes asked for at first: the headers of most models. */
const FIRST = 2 ** 18;

/** Reads from the beginning of a file: from its first bytes on, again and further when that is not enough. */
export function prefixSource(
  file: ServedFile,
  options: Omit<KeepOptions, "store" | "onBytes" | "pieceBytes">,
): ByteSource {
  let prefix = new Uint8Array();
  return {
    size: file.size,
    async read(offset, length) {
      const end = offset + length;
      if (end > file.size) throw new CheckpointError(`${file.name} ends at byte ${file.size}; is it truncated?`);
      if (end > prefix.length) prefix = await fetchPrefix(file, Math.min(Math.max(end, FIRST), file.size), options);
      return prefix.slice(offset, end);
    },
  };
}

function fetchPrefix(
  { name: subject, url, token }: ServedFile,
  length: number,
  { signal, stallMs = 30_000, retry = RETRY }: Pick<KeepOptions, "signal" | "stallMs" | "retry">,
): Promise<Uint8Array<ArrayBuffer>> {
  const request = { subject, token, signal, stallMs, range: { from: 0, last: length - 1 } };
  const attempt = () =>
    requestFile(url, request, async (reply) => {
      const prefix = new Uint8Array(length);
      let filled = 0;
      for await (const chunk of reply.chunks()) {
        const part = chunk.subarray(0, length - filled); // a server without ranges would go on to the end
        prefix.set(part, filled);
        filled += part.length;
        if (filled === length) return prefix;
      }
      throw new PassingError(`${subject}: ended after ${filled} of ${length} bytes`);
    });
  return withRetries(attempt, { policy: retry, signal });
}
