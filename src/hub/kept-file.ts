/**
 * A file that is downloaded once and kept. It comes in pieces, each kept as soon as it is there, so that a download goes
 * on where it stopped: within a visit, or at the next one.
 */

import { z } from "zod";
import { HubError } from "../errors.ts";
import type { Reply } from "./exchange.ts";
import { contentVersion, requestFile } from "./file-request.ts";
import { PieceReceiver } from "./piece-receiver.ts";
import type { PieceStore } from "./piece-store.ts";
import { PassingError, RETRY, type RetryPolicy, withRetries } from "./retry.ts";
import { Sha256 } from "./sha256.ts";

/** A file of a server, and what is known of it before it is fetched. */
export interface ServedFile {
  /** What messages and progress call it. */
  readonly name: string;
  readonly url: URL;
  /** Bytes. */
  readonly size: number;
  /** What its content is known by: another content, another version. */
  readonly version: string;
  /** Whether answers of the server name that version. */
  readonly versioned: boolean;
  /** Lower-case hexadecimal of the content. */
  readonly sha256?: string;
  readonly token?: string;
}

export interface KeepOptions {
  readonly store: PieceStore;
  readonly signal?: AbortSignal;
  /** Called with the bytes that are here now. */
  readonly onBytes?: (received: number) => void;
  readonly retry?: RetryPolicy;
  readonly stallMs?: number;
  /** Default 32 MiB. */
  readonly pieceBytes?: number;
}

/** The content of a file. */
export interface KeptFile {
  readonly content: Blob;
  /** Whether it is there the next time: not, when the store has no room. */
  readonly kept: boolean;
}

const PIECE = 32 * 2 ** 20;
const RECORD = "record";

/** Kept beside the pieces: what they are pieces of. */
const recordSchema = z.object({ url: z.string(), version: z.string(), size: z.int(), pieceBytes: z.int().min(1) });
export type KeptRecord = z.output<typeof recordSchema>;

/** What the store knows a file by. */
export function keyOf(url: URL): string {
  const hash = new Sha256();
  hash.update(new TextEncoder().encode(url.href));
  return hash.hex().slice(0, 40);
}

/** The content, if all of it is kept and still of this version. */
export async function findKept(file: ServedFile, store: PieceStore): Promise<Blob | undefined> {
  const pieces = await keptPieces(file, store);
  return sizeOf(pieces) === file.size ? new Blob(pieces) : undefined;
}

/**
 * The content, fetched as far as it is not kept.
 *
 * @throws HubError when it cannot be had or is not what its hash says, the signal's reason when aborted. What has
 * arrived by then is kept, unless it is of no use.
 */
export function keepFile(file: ServedFile, options: KeepOptions): Promise<KeptFile> {
  return options.store.exclusive(keyOf(file.url), () => fill(file, options), options.signal);
}

async function fill(file: ServedFile, options: KeepOptions): Promise<KeptFile> {
  const { store, signal, onBytes = () => {}, retry = RETRY, stallMs = 30_000, pieceBytes = PIECE } = options;
  const key = keyOf(file.url);
  const held = await keptPieces(file, store);
  if (sizeOf(held) === file.size) return { content: new Blob(held), kept: true }; // by whoever was at it before
  const record = await readRecord(key, store);
  if (held.length === 0) await begin(file, { store, pieceBytes });
  const receiver = new PieceReceiver(file, {
    pieces: held,
    pieceBytes: held.length === 0 ? pieceBytes : (record?.pieceBytes ?? pieceBytes),
    put: async (index, content) => {
      await store.put(key, String(index), content);
      return (await store.get(key, String(index))) ?? content;
    },
  });
  await receiver.recall();
  onBytes(receiver.received);
  const attempt = async () => {
    if (receiver.received === file.size) return;
    const { name: subject, token } = file;
    const request = { subject, token, signal, stallMs, range: { from: receiver.received } };
    await requestFile(file.url, request, (reply) => receive(reply, file, receiver, onBytes));
  };
  await withRetries(attempt, { policy: retry, signal, progress: () => receiver.received }).catch(async (error) => {
    if (receiver.isUseless || isGone(error)) await store.remove(key);
    throw error;
  });
  return { content: new Blob(receiver.pieces), kept: receiver.kept };
}

/** Takes in one answer, from where the pieces end. */
async function receive(
  reply: Reply,
  file: ServedFile,
  receiver: PieceReceiver,
  onBytes: (received: number) => void,
): Promise<void> {
  const version = contentVersion(reply.headers);
  if (file.versioned && version !== undefined && version !== file.version) {
    throw receiver.refuse("it was changed on the server while it was fetched; load it again");
  }
  let skipped = reply.status === 206 ? 0 : receiver.received; // a server without ranges sends it from the beginning
  for await (const chunk of reply.chunks()) {
    const fresh = chunk.subarray(Math.min(skipped, chunk.length));
    skipped -= chunk.length - fresh.length;
    await receiver.append(fresh);
    onBytes(receiver.received);
  }
  if (receiver.received < file.size)
    throw new PassingError(`${file.name}: ended after ${receiver.received} of ${file.size} bytes`);
}

/** Whether the server has become another: the range it was asked for lies beyond its file, or there is none. */
function isGone(error: unknown): boolean {
  return error instanceof HubError && (error.status === 416 || error.status === 404);
}

/** Forgets what is kept of other versions, and notes what comes. A store that cannot even keep that keeps nothing. */
async function begin(
  file: ServedFile,
  { store, pieceBytes }: { store: PieceStore; pieceBytes: number },
): Promise<void> {
  const key = keyOf(file.url);
  const { version, size } = file;
  const record: KeptRecord = { url: file.url.href, version, size, pieceBytes };
  await store.remove(key);
  await store.put(key, RECORD, new Blob([JSON.stringify(record)])).catch(() => {});
}

/** What is kept under a key; undefined for nothing, or nothing that can be read. */
export async function readRecord(key: string, store: PieceStore): Promise<KeptRecord | undefined> {
  const text = await (await store.get(key, RECORD))?.text();
  try {
    return recordSchema.parse(JSON.parse(text ?? ""));
  } catch {
    return undefined;
  }
}

/** The pieces of this version of a file, from its beginning to the first that is not there. */
async function keptPieces(file: ServedFile, store: PieceStore): Promise<Blob[]> {
  const key = keyOf(file.url);
  const record = await readRecord(key, store);
  if (record?.version !== file.version || record.size !== file.size) return [];
  const pieces: Blob[] = [];
  for (let at = 0; at < file.size; at += record.pieceBytes) {
    const piece = await store.get(key, String(pieces.length));
    if (piece?.size !== Math.min(record.pieceBytes, file.size - at)) break;
    pieces.push(piece);
  }
  return pieces;
}

function sizeOf(pieces: readonly Blob[]): number {
  return pieces.reduce((sum, { size }) => sum + size, 0);
}
