/** From the text that names a model to a folder on this machine, downloading what is not there yet. */

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { HubError, UsageError } from "../errors.ts";
import {
  fileSize,
  listSnapshot,
  type ModelCache,
  modelCache,
  placeFile,
  readRef,
  snapshotPath,
  writeRef,
} from "./cache.node.ts";
import { type Connection, type Fetch, hubOver } from "./connection.node.ts";
import { diskError, freeBytes, requireSpace } from "./disk-space.node.ts";
import { downloadFile } from "./download-file.node.ts";
import { editFiles, type FileChoice, type FileFilter } from "./file-choice.ts";
import { parseModelId } from "./model-id.node.ts";
import { type DownloadProgress, ProgressMeter } from "./progress.ts";
import { findRevision, type Lookup, listFiles, type RemoteFile } from "./repository.ts";
import { RETRY, type RetryPolicy } from "./retry.ts";
import { type HubOptions, hubSettings } from "./settings.node.ts";

export interface ResolveOptions extends HubOptions {
  /** Which files are needed. Default: {@link editFiles}. */
  readonly files?: FileFilter;
  /** Weights to prefer where there are several, such as `fp16`. */
  readonly variant?: string;
  /** Ask the hub what the branch means now, even though the cache has what it meant before. */
  readonly refresh?: boolean;
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Stops the download; what has arrived stays for the next one to go on from. */
  readonly signal?: AbortSignal;
  /** Files downloaded at the same time. Default 3. */
  readonly parallel?: number;
  readonly retry?: Partial<RetryPolicy>;
  /** A connection that delivers nothing for so long is taken up anew. Milliseconds, default 30 000. */
  readonly stallMs?: number;
  /** Replaces the global `fetch`, for proxies. Must show redirects, as Node's does. */
  readonly fetch?: Fetch;
}

interface Job {
  readonly hub: Connection;
  readonly cache: ModelCache;
  readonly lookup: Lookup;
  readonly filter: (paths: readonly string[]) => FileChoice;
  readonly parallel: number;
  readonly onProgress: (progress: DownloadProgress) => void;
}

/**
 * Finds the model named `text` (see `parseModelId`): a folder or file as it is, a hub model as a snapshot folder of the
 * cache. A snapshot in the cache that has all that is needed is used without asking the hub, so that a branch stays at
 * the commit it was first fetched at until `refresh`. Otherwise the revision is resolved to a commit once and every
 * missing file is fetched from that commit, verified by its hash.
 *
 * @returns an absolute path.
 * @throws UsageError for a name or an option that cannot be; HubError when the model cannot be had.
 */
export async function resolveModel(text: string, options: ResolveOptions = {}): Promise<string> {
  const model = parseModelId(text);
  if (model.kind === "path") return model.path;
  const job = prepare(model, options);
  const cached = await findCached(job);
  if (cached?.exact && options.refresh !== true) return cached.folder;
  if (job.hub.offline) {
    if (cached?.usable) return cached.folder;
    throw offlineError(job, cached);
  }
  try {
    return await download(job).catch((error) => {
      throw diskError(error, job.hub.cacheDir) ?? error;
    });
  } catch (error) {
    const unreachable = error instanceof HubError && error.retryable;
    if (unreachable && options.refresh !== true && cached?.usable) return cached.folder;
    throw error;
  }
}

function prepare(lookup: Lookup, options: ResolveOptions): Job {
  const settings = hubSettings(options);
  const { files = editFiles, variant, signal, stallMs = 30_000, onProgress = () => {}, parallel = 3 } = options;
  if (!Number.isInteger(parallel) || parallel < 1)
    throw new UsageError(`parallel downloads: expected an integer >= 1, got ${parallel}`);
  return {
    hub: { ...settings, fetch: options.fetch ?? fetch, retry: { ...RETRY, ...options.retry }, stallMs },
    cache: modelCache(settings, lookup.id),
    lookup: { ...lookup, signal },
    filter: (paths) => files(paths, { variant }),
    parallel,
    onProgress,
  };
}

interface Cached {
  readonly folder: string;
  /** Everything needed is there. */
  readonly usable: boolean;
  /** And it is what was asked for, as far as can be told without the hub. */
  readonly exact: boolean;
  readonly missing: readonly string[];
}

/** What the cache holds of the revision, whoever put it there. */
async function findCached({ cache, lookup, filter }: Job): Promise<Cached | undefined> {
  const commit = await readRef(cache, lookup.revision);
  if (commit === undefined) return undefined;
  const folder = join(cache.snapshots, commit);
  const { files, missing, compromises } = filter(await listSnapshot(folder));
  const usable = files.length > 0 && missing.length === 0;
  return { folder, usable, exact: usable && compromises.length === 0, missing };
}

function offlineError({ hub, lookup }: Job, cached: Cached | undefined): HubError {
  const name = `${lookup.id}@${lookup.revision}`;
  const state = cached === undefined ? "is not there" : `lacks ${cached.missing.join(", ")}`;
  return new HubError(
    `${name}: offline, and in the cache ${hub.cacheDir} it ${state}. With a connection, run: ip2p pull ${name}`,
    { retryable: false },
  );
}

/** What resolving a model would fetch. */
export interface DownloadPlan {
  readonly bytes: number;
  /** The hub's host, with a port where it is not the usual one. */
  readonly from: string;
  /** What the model comes under, as its card says; see `findRevision`. */
  readonly license?: string;
}

/**
 * What `resolveModel` would download now, asked of the hub; undefined for a folder, a file, and a model that is in the
 * cache.
 *
 * @throws as `resolveModel` does
 */
export async function planDownload(text: string, options: ResolveOptions = {}): Promise<DownloadPlan | undefined> {
  const model = parseModelId(text);
  if (model.kind === "path") return undefined;
  const job = prepare(model, options);
  if ((await findCached(job))?.exact) return undefined;
  const { absent, license } = await compare(job);
  const bytes = await missingBytes(job.cache, await queueOf(job.cache, absent));
  return { bytes, from: job.hub.endpoint.host, license };
}

/** What the hub has of a model, beside what is here. */
async function compare(job: Job) {
  const { cache } = job;
  const hub = hubOver(job.hub);
  const { commit, license } = await findRevision(hub, job.lookup);
  const lookup = { ...job.lookup, revision: commit };
  const files = choose(job, commit, await listFiles(hub, lookup));
  const present = await Promise.all(files.map((file) => fileSize(snapshotPath(cache, commit, file.path))));
  const absent = files.filter((file, i) => present[i] !== file.size);
  return { commit, license, lookup, absent };
}

async function download(job: Job): Promise<string> {
  const { cache } = job;
  const { commit, lookup, absent } = await compare(job);
  await mkdir(join(cache.snapshots, commit), { recursive: true });
  await fetchAll({ ...job, lookup }, absent);
  for (const file of absent) await placeFile(cache, commit, file);
  // In a shared cache that may only be read, the snapshot can be complete without a ref: that costs a question to the hub.
  if (job.lookup.revision !== commit) await writeRef(cache, job.lookup.revision, commit).catch(() => {});
  return join(cache.snapshots, commit);
}

function choose({ lookup, filter }: Job, commit: string, listing: readonly RemoteFile[]): RemoteFile[] {
  const { files, missing } = filter(listing.map((file) => file.path));
  if (missing.length > 0 || files.length === 0) {
    const weights = listing.filter((file) => /^[^/]+\.(safetensors|ckpt)$/.test(file.path)).map((file) => file.path);
    const hint = weights.length === 0 ? "" : `. It has ${weights.join(", ")}: download one and pass its path`;
    throw new HubError(
      `${lookup.id}@${commit} cannot be used: it lacks ${missing.join(", ") || "every file asked for"}${hint}`,
      { retryable: false },
    );
  }
  const chosen = new Set(files);
  return listing.filter((file) => chosen.has(file.path));
}

/** Downloads files a few at a time. The first failure stops the others, and is thrown when they have stopped. */
async function fetchAll(
  { hub, cache, lookup, parallel, onProgress }: Job,
  files: readonly RemoteFile[],
): Promise<void> {
  const queue = await queueOf(cache, files);
  requireSpace(hub.cacheDir, await missingBytes(cache, queue), await freeBytes(hub.cacheDir));
  const meter = new ProgressMeter(queue, onProgress);
  const stop = new AbortController();
  const abort = () => stop.abort(lookup.signal?.reason);
  const worker = async () => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const { path } = file;
      await downloadFile(hub, cache, { ...lookup, signal: stop.signal }, file, (bytes) => meter.set(path, bytes));
      meter.done(path);
    }
  };
  lookup.signal?.throwIfAborted();
  lookup.signal?.addEventListener("abort", abort, { once: true });
  // Aborting twice keeps the first reason.
  await Promise.all(Array.from({ length: parallel }, () => worker().catch((error) => stop.abort(error))));
  lookup.signal?.removeEventListener("abort", abort);
  stop.signal.throwIfAborted();
}

/** Contents that the cache lacks, each once, large ones first. */
async function queueOf(cache: ModelCache, files: readonly RemoteFile[]): Promise<RemoteFile[]> {
  const contents = [...new Map(files.map((file) => [file.hash, file])).values()];
  const held = await Promise.all(contents.map((file) => fileSize(join(cache.blobs, file.hash))));
  return contents.filter((file, i) => held[i] !== file.size).sort((a, b) => b.size - a.size);
}

async function missingBytes(cache: ModelCache, files: readonly RemoteFile[]): Promise<number> {
  const held = await Promise.all(files.map((file) => fileSize(join(cache.blobs, `${file.hash}.incomplete`))));
  return files.reduce((sum, file, i) => sum + Math.max(0, file.size - (held[i] ?? 0)), 0);
}
