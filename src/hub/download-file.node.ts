/** Downloads one file of a repository into the cache's blobs: resumed where it stopped, verified, once per machine. */

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { HubError } from "../errors.ts";
import { fileSize, type ModelCache } from "./cache.node.ts";
import { type Connection, request } from "./connection.node.ts";
import { describeBytes } from "./disk-space.node.ts";
import type { Reply } from "./exchange.ts";
import { withLock } from "./lock.node.ts";
import { PartialFile } from "./partial-file.node.ts";
import { fileUrl, type Lookup, type RemoteFile } from "./repository.ts";
import { PassingError, withRetries } from "./retry.ts";

/** Called with the bytes of the file that are here now. */
type OnBytes = (received: number) => void;

/**
 * Makes sure that the cache holds the content of `file` as it is at the commit `lookup.revision`. An interrupted
 * download leaves `blobs/<hash>.incomplete`, from which the next one goes on; a process that finds another one at work
 * on the same file waits for it.
 * @throws HubError, not retryable, when the content is not what its hash says. Nothing is kept of it.
 */
export async function downloadFile(
  hub: Connection,
  cache: ModelCache,
  lookup: Lookup,
  file: RemoteFile,
  onBytes: OnBytes,
): Promise<void> {
  const blob = join(cache.blobs, file.hash);
  const incomplete = `${blob}.incomplete`;
  const onWait = async () => onBytes((await fileSize(incomplete)) ?? 0);
  await mkdir(cache.blobs, { recursive: true });
  const lock = join(cache.locks, `${file.hash}.ip2p.lock`);
  await withLock(lock, { signal: lookup.signal, onWait }, async () => {
    if ((await fileSize(blob)) === file.size) return;
    const partial = await PartialFile.open(incomplete, file);
    try {
      const resumed = partial.length > 0;
      await fill(hub, lookup, file, partial, onBytes);
      if (!partial.verify() && !(resumed && (await fillAgain(hub, lookup, file, partial, onBytes)))) {
        await partial.remove();
        throw mismatch(lookup, file);
      }
      await partial.moveTo(blob);
    } finally {
      await partial.close();
    }
  });
}

/** Bytes left behind by another process may be damaged, so a wrong hash after resuming earns a second, whole download. */
async function fillAgain(...args: Parameters<typeof fill>): Promise<boolean> {
  const [, , , partial] = args;
  await partial.restart();
  await fill(...args);
  return partial.verify();
}

async function fill(hub: Connection, lookup: Lookup, file: RemoteFile, partial: PartialFile, onBytes: OnBytes) {
  const source = new Source(hub, lookup, file);
  onBytes(partial.length);
  const attempt = async () => {
    if (partial.length < file.size) await source.readInto(partial, onBytes);
  };
  await withRetries(attempt, { policy: hub.retry, signal: lookup.signal, progress: () => partial.length });
}

/** The content of a file as the server has it, over several connections; remembers the ETag to notice a change. */
class Source {
  readonly #hub: Connection;
  readonly #lookup: Lookup;
  readonly #file: RemoteFile;
  readonly #url: URL;
  #etag: string | undefined;

  constructor(hub: Connection, lookup: Lookup, file: RemoteFile) {
    this.#hub = hub;
    this.#lookup = lookup;
    this.#file = file;
    this.#url = fileUrl(hub, lookup, file.path);
  }

  get #subject(): string {
    return subjectOf(this.#lookup, this.#file);
  }

  /** One connection: asks for what is missing and appends what comes. */
  async readInto(partial: PartialFile, onBytes: OnBytes): Promise<void> {
    const options = { subject: this.#subject, from: partial.length, signal: this.#lookup.signal };
    const attempt = request(this.#hub, this.#url, options, async (reply) => {
      if (partial.length > 0 && !this.#continues(reply, partial.length)) await this.#startOver(reply, partial);
      this.#etag = reply.headers.get("etag") ?? undefined;
      await this.#append(reply, partial, onBytes);
    });
    await attempt.catch(async (error) => {
      if (!(error instanceof HubError) || error.status !== 416) throw error;
      await partial.restart();
      throw new PassingError(`${this.#subject}: the server has no byte ${options.from}`, { cause: error });
    });
  }

  /** Whether a response goes on at byte `from` of the content that the earlier bytes were of. */
  #continues({ status, headers }: Reply, from: number): boolean {
    const etag = headers.get("etag") ?? undefined;
    if (status !== 206 || (this.#etag !== undefined && etag !== undefined && etag !== this.#etag)) return false;
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get("content-range") ?? "");
    return Number(range?.[1]) === from && (range?.[2] === "*" || Number(range?.[2]) === this.#file.size);
  }

  /** A whole response (200) is read from its beginning; another part than the one asked for is of no use. */
  async #startOver(reply: Reply, partial: PartialFile): Promise<void> {
    await partial.restart();
    if (reply.status === 200) return;
    this.#etag = undefined;
    throw new PassingError(`${this.#subject}: the server sent another part than the one asked for`);
  }

  async #append(reply: Reply, partial: PartialFile, onBytes: OnBytes): Promise<void> {
    for await (const chunk of reply.chunks()) {
      if (partial.length + chunk.length > this.#file.size) {
        await partial.remove();
        throw mismatch(this.#lookup, this.#file, `it is larger than ${describeBytes(this.#file.size)}`);
      }
      await partial.append(chunk);
      onBytes(partial.length);
    }
    if (partial.length < this.#file.size)
      throw new PassingError(`${this.#subject}: ended after ${partial.length} of ${this.#file.size} bytes`);
  }
}

function subjectOf({ id, revision }: Lookup, file: RemoteFile): string {
  return `${id}@${revision}/${file.path}`;
}

/** Content that is not what the hub's listing says. */
function mismatch(lookup: Lookup, file: RemoteFile, found = `the ${file.algorithm} is not ${file.hash}`): HubError {
  return new HubError(
    `${subjectOf(lookup, file)}: what arrived is not the file that the hub lists: ${found}. Nothing of it was kept; ` +
      "a proxy or mirror may be altering it",
    { retryable: false },
  );
}
