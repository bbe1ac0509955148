/** A checkpoint's folder on a server: texts and headers are read where they lie, weights fetched once and kept. */

import type { CheckpointSource, ContentOptions, ContentSource } from "../weights/checkpoint-source.ts";
import { blobSource, readSafetensorsHeader, type SafetensorsHeader } from "../weights/safetensors.ts";
import { findKept, type KeepOptions, keepFile, type ServedFile } from "./kept-file.ts";
import { prefixSource } from "./prefix-source.ts";
import { ProgressMeter } from "./progress.ts";

/** What differs between servers. */
export interface RemoteFolder extends Pick<CheckpointSource, "place" | "list" | "text"> {
  /** What is known of a file before it is fetched; asked any number of times. @throws HubError, CheckpointError when it is not there */
  find(path: string): Promise<ServedFile>;
}

/** How files are fetched and kept. */
export type RemoteOptions = Omit<KeepOptions, "onBytes">;

/** Files fetched at the same time. */
const PARALLEL = 2;

export class RemoteSource implements ContentSource {
  readonly notes: string[] = [];
  readonly #folder: RemoteFolder;
  readonly #options: RemoteOptions;

  constructor(folder: RemoteFolder, options: RemoteOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  place(path: string): string {
    return this.#folder.place(path);
  }

  list(folder: string): Promise<readonly string[]> {
    return this.#folder.list(folder);
  }

  text(path: string): Promise<string> {
    return this.#folder.text(path);
  }

  async locate(path: string): Promise<string> {
    return path;
  }

  async header(path: string): Promise<SafetensorsHeader> {
    const file = await this.#folder.find(path);
    const kept = await findKept(file, this.#options.store);
    const source = kept === undefined ? prefixSource(file, this.#options) : blobSource(kept);
    return readSafetensorsHeader(source, path, this.place(path));
  }

  async contents(
    paths: readonly string[],
    { signal, onProgress }: ContentOptions = {},
  ): Promise<ReadonlyMap<string, Blob>> {
    const contents = new Map<string, Blob>();
    const queue: { path: string; file: ServedFile }[] = [];
    for (const path of paths) {
      const file = await this.#folder.find(path);
      const kept = await findKept(file, this.#options.store);
      if (kept === undefined) queue.push({ path, file });
      else contents.set(path, kept);
    }
    const sizes = queue.map(({ path, file }) => ({ path, size: file.size }));
    const meter = new ProgressMeter(sizes, ({ file, receivedBytes, totalBytes }) =>
      onProgress?.({ file, received: receivedBytes, total: totalBytes }),
    );
    await inParallel(queue, signal, async ({ path, file }, signal) => {
      const options = { ...this.#options, signal, onBytes: (bytes: number) => meter.set(path, bytes) };
      const { content, kept } = await keepFile(file, options);
      contents.set(path, content);
      meter.done(path);
      if (!kept)
        this.notes.push(`${path} is not kept, since this browser has no room for it: it is fetched every time`);
    });
    return contents;
  }
}

/** Works through a list a few at a time. The first failure stops the others, and is thrown when they have stopped. */
async function inParallel<Item>(
  items: readonly Item[],
  signal: AbortSignal | undefined,
  work: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  signal?.throwIfAborted();
  const queue = [...items];
  const stop = new AbortController();
  const abort = () => stop.abort(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined && !stop.signal.aborted; item = queue.shift())
      await work(item, stop.signal);
  };
  // Aborting twice keeps the first reason.
  await Promise.all(Array.from({ length: PARALLEL }, () => worker().catch((error) => stop.abort(error))));
  signal?.removeEventListener("abort", abort);
  stop.signal.throwIfAborted();
}
