/** Where a page can have a model from, told by what names it. */

import { UsageError } from "../errors.ts";
import { type HubAccess, openHubFolder } from "../hub/hub-folder.ts";
import { parseHubName } from "../hub/model-name.ts";
import { openPieceStore } from "../hub/piece-store.browser.ts";
import { memoryStore } from "../hub/piece-store.ts";
import { RemoteSource } from "../hub/remote-source.ts";
import { type ListedFile, ServedFolder } from "../hub/served-folder.ts";
import type { ContentSource } from "../weights/checkpoint-source.ts";
import { type PickedFolder, pickedFolder } from "../weights/picked-folder.browser.ts";

/**
 * The address of a diffusers folder on any file server: a `URL`, or a text that begins with `https://`, `http://`, `/`,
 * `./` or `../`; the same with a list of its files, which are then not guessed at, and verified; a name on the hub,
 * `org/name[@revision]`; or a folder of files in hand.
 */
export type ModelSource = string | URL | ListedFolder | PickedFolder;

/** A folder on a server with a list of its files. */
export interface ListedFolder {
  readonly url: string | URL;
  readonly files: readonly ListedFile[];
}

export interface SourceOptions {
  /** Weights to prefer, e.g. `fp16`. */
  readonly variant?: string;
  /** Whether downloaded weights are kept for the next visit. Default true. */
  readonly keep?: boolean;
  readonly hub?: HubAccess;
  readonly signal?: AbortSignal;
}

/** @throws UsageError for a text that names nothing, HubError for a model that the hub does not have. */
export async function openSource(source: ModelSource, options: SourceOptions): Promise<ContentSource> {
  const { variant, keep = true, hub, signal } = options;
  const remote = isServed(source) || typeof source === "string";
  if (!remote) return pickedFolder(source);
  const store = keep ? await openPieceStore() : memoryStore();
  const fetching = { store, signal };
  if (!isServed(source)) {
    const folder = await openHubFolder(parseHubName(source, EXPECTED), { ...fetching, ...hub, variant });
    return new RemoteSource(folder, fetching);
  }
  const { url, files } = typeof source === "object" && "files" in source ? source : { url: source, files: undefined };
  if (!URL.canParse(url, location.href)) throw new UsageError(`model "${url}": ${EXPECTED}`);
  return new RemoteSource(new ServedFolder(new URL(url, location.href), { signal, variant, files }), fetching);
}

const EXPECTED =
  "expected the address of a diffusers folder (https://…, /…, ./…) or a name on the hub as in timbrooks/instruct-pix2pix[@revision]";

/** Whether it is an address, or has one. */
function isServed(source: ModelSource): source is string | URL | ListedFolder {
  if (typeof source === "string") return /^(https?:\/\/|\.{0,2}\/)/i.test(source);
  return source instanceof URL || "files" in source;
}
