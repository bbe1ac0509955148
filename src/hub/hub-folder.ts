/** A model of the hub as a folder that is read from afar, at one commit. */

import { z } from "zod";
import { HubError } from "../errors.ts";
import { namesIn } from "../weights/checkpoint-source.ts";
import { textOf } from "./exchange.ts";
import { editFiles } from "./file-choice.ts";
import { requestFile } from "./file-request.ts";
import { keepFile, keyOf, type ServedFile } from "./kept-file.ts";
import type { HubName } from "./model-name.ts";
import type { PieceStore } from "./piece-store.ts";
import type { RemoteFolder, RemoteOptions } from "./remote-source.ts";
import { COMMIT, fileUrl, findRevision, type Hub, listFiles, type RemoteFile } from "./repository.ts";
import { RETRY, withRetries } from "./retry.ts";

/** Which hub, and as whom. */
export interface HubAccess {
  /** Default `https://huggingface.co`. */
  readonly endpoint?: string;
  /** Access token, for models that are not public. A page's visitors can read it. */
  readonly token?: string;
  /** Ask what a branch means now, even if it is known what it meant at the first visit. */
  readonly refresh?: boolean;
}

export interface HubFolderOptions extends RemoteOptions, HubAccess {
  readonly variant?: string;
}

/** What the store keeps of a hub beside files. */
const NOTE = "note";

/**
 * Finds a model. A branch stays at the commit it was first fetched at until `refresh`; what is known of a commit is kept,
 * so that a model that was loaded once loads without the hub.
 *
 * @throws HubError when it cannot be had, or lacks what an edit needs.
 */
export async function openHubFolder(name: HubName, options: HubFolderOptions): Promise<RemoteFolder> {
  const { store, signal, variant, refresh = false } = options;
  const hub = hubOf(options);
  const about = (revision: string) => new URL(`${name.id}@${revision}`, hub.endpoint);
  const find = async () => (await findRevision(hub, { ...name, signal })).commit;
  const commit = COMMIT.test(name.revision)
    ? name.revision
    : await noted(store, about(name.revision), z.string().regex(COMMIT), find, refresh);
  const lookup = { id: name.id, revision: commit, signal };
  const listing = await noted(store, about(commit), filesSchema, () => listFiles(hub, lookup));
  const files = chosen(`${name.id}@${commit}`, listing, variant);
  const served = (path: string): ServedFile => {
    const file = files.get(path);
    if (file === undefined) throw new HubError(`${name.id}@${commit} has no ${path}`, { retryable: false });
    const { size, algorithm, hash } = file;
    const sha256 = algorithm === "sha256" ? hash : undefined;
    const url = fileUrl(hub, lookup, path);
    return { name: path, url, size, version: hash, versioned: false, sha256, token: options.token };
  };
  return {
    place: (path) => `${name.id}@${commit.slice(0, 8)}${path === "" ? "" : `/${path}`}`,
    list: async (folder) => namesIn(files.keys(), folder),
    text: async (path) => (await keepFile(served(path), options)).content.text(),
    find: async (path) => served(path),
  };
}

const filesSchema: z.ZodType<RemoteFile[]> = z.array(
  z.object({
    path: z.string(),
    size: z.int(),
    algorithm: z.enum(["sha256", "git-sha1"]),
    hash: z.string(),
  }),
);

function hubOf({
  endpoint = "https://huggingface.co",
  token,
  signal,
  stallMs = 30_000,
  retry = RETRY,
}: HubFolderOptions): Hub {
  return {
    endpoint: new URL(endpoint),
    ask(url, { subject }) {
      const attempt = () =>
        requestFile(url, { subject, token, signal, stallMs, cache: "no-cache" }, async (reply) => ({
          text: await textOf(reply),
          link: reply.headers.get("link"),
        }));
      return withRetries(attempt, { policy: retry, signal });
    },
  };
}

/** What is needed of a listing, by path. */
function chosen(name: string, listing: readonly RemoteFile[], variant: string | undefined): Map<string, RemoteFile> {
  const { files, missing } = editFiles(
    listing.map(({ path }) => path),
    { variant },
  );
  if (missing.length > 0) {
    throw new HubError(`${name} cannot be used: it lacks ${missing.join(", ")}`, { retryable: false });
  }
  const needed = new Set(files);
  return new Map(listing.filter(({ path }) => needed.has(path)).map((file) => [file.path, file]));
}

/** What was found out once; found out, and noted, if not. */
async function noted<T>(
  store: PieceStore,
  about: URL,
  schema: z.ZodType<T>,
  findOut: () => Promise<T>,
  anew = false,
): Promise<T> {
  const key = keyOf(about);
  const known = anew ? undefined : await (await store.get(key, NOTE))?.text();
  const parsed = known === undefined ? undefined : schema.safeParse(JSON.parse(known));
  if (parsed?.success) return parsed.data;
  const value = await findOut();
  await store.put(key, NOTE, new Blob([JSON.stringify(value)])).catch(() => {});
  return value;
}
