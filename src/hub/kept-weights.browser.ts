/** What this browser keeps of models, to be shown and to be given up. */

import { readRecord } from "./kept-file.ts";
import { openPieceStore } from "./piece-store.browser.ts";
import type { PieceStore } from "./piece-store.ts";

/** A file that is kept, or part of it. */
export interface KeptWeights {
  /** Where it came from. */
  readonly url: string;
  /** Bytes of the file, and of those the ones that are here. */
  readonly size: number;
  readonly keptBytes: number;
}

/** The files of which something is kept for pages of this origin. */
export async function listKeptWeights(): Promise<KeptWeights[]> {
  const store = await openPieceStore();
  const files = await Promise.all((await store.files()).map((key) => describe(key, store)));
  return files.filter((file) => file !== undefined);
}

/** Gives up everything that is kept. Models that are loaded need their files no more, except where they are recompiled. */
export async function removeKeptWeights(): Promise<void> {
  const store = await openPieceStore();
  for (const key of await store.files()) await store.remove(key);
}

async function describe(key: string, store: PieceStore): Promise<KeptWeights | undefined> {
  const record = await readRecord(key, store);
  if (record === undefined) return undefined;
  let keptBytes = 0;
  for (let index = 0; ; index++) {
    const piece = await store.get(key, String(index));
    if (piece === undefined) return { url: record.url, size: record.size, keptBytes };
    keptBytes += piece.size;
  }
}
