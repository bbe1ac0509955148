/** What the hub says about a model repository: the commit behind a revision, and the files at a commit. */

import { z } from "zod";
import { HubError } from "../errors.ts";

/** A file at one commit. Its content is named by a hash: SHA-256 for large files, git's blob SHA-1 for small ones. */
export interface RemoteFile {
  /** Relative to the repository, as the server spells it: not to be trusted as a file name. */
  readonly path: string;
  readonly size: number;
  readonly algorithm: "sha256" | "git-sha1";
  /** Lower-case hexadecimal; also the name of the file's content in the cache. */
  readonly hash: string;
}

export interface Lookup {
  readonly id: string;
  /** Branch, tag or commit. */
  readonly revision: string;
  readonly signal?: AbortSignal;
}

/** A text that the hub answered, and its Link header. */
export interface HubText {
  readonly text: string;
  readonly link: string | null;
}

/** A hub that can be asked. */
export interface Hub {
  readonly endpoint: URL;
  /** Asks until there is an answer. @param subject what messages call it */
  ask(url: URL, options: { readonly subject: string; readonly signal?: AbortSignal }): Promise<HubText>;
}

export const COMMIT = /^[0-9a-f]{40}$/;

/** Authors write what they like into the card of a model; only what is as expected is taken. */
const Card = z.object({ license: z.string().optional(), license_name: z.string().optional() });
const Revision = z.object({ sha: z.string().regex(COMMIT), cardData: Card.optional().catch(undefined) });
const Entry = z.object({
  type: z.string(),
  path: z.string(),
  size: z.int().nonnegative().default(0),
  oid: z.string().regex(/^[0-9a-f]{40}$/),
  lfs: z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/), size: z.int().nonnegative() }).optional(),
});

/** Pages of the listing that are read at most, each of about 1000 files. */
const MAX_PAGES = 100;

export interface FoundRevision {
  readonly commit: string;
  /** As the model's card names it, such as `creativeml-openrail-m`; absent where it names none. */
  readonly license?: string;
}

/** The commit that a revision means now, and what its model comes under. */
export async function findRevision(hub: Hub, lookup: Lookup): Promise<FoundRevision> {
  const url = apiUrl(hub, `${lookup.id}/revision/${encodeURIComponent(lookup.revision)}`);
  const { sha: commit, cardData: { license, license_name: name } = {} } = (await getJson(hub, url, lookup, Revision))
    .value;
  return { commit, license: license === "other" ? (name ?? license) : license };
}

/** All files at a revision. */
export async function listFiles(hub: Hub, lookup: Lookup): Promise<RemoteFile[]> {
  const files: RemoteFile[] = [];
  let url: URL | undefined = apiUrl(hub, `${lookup.id}/tree/${encodeURIComponent(lookup.revision)}?recursive=true`);
  for (let page = 0; url !== undefined; page++) {
    if (page === MAX_PAGES) throw new HubError(`${subject(lookup)}: the listing does not end`, { retryable: false });
    const { value, next }: Page<z.infer<typeof Entry>[]> = await getJson(hub, url, lookup, z.array(Entry));
    files.push(...value.filter((entry) => entry.type === "file").map(remoteFile));
    url = next;
  }
  return files;
}

/** Where the content of a file is asked for. */
export function fileUrl(hub: Pick<Hub, "endpoint">, lookup: Lookup, path: string): URL {
  const encoded = path.split("/").map(encodeURIComponent).join("/");
  return under(hub, `${lookup.id}/resolve/${encodeURIComponent(lookup.revision)}/${encoded}`);
}

function remoteFile({ path, size, oid, lfs }: z.infer<typeof Entry>): RemoteFile {
  return lfs === undefined
    ? { path, size, algorithm: "git-sha1", hash: oid }
    : { path, size: lfs.size, algorithm: "sha256", hash: lfs.oid };
}

function apiUrl(hub: Hub, path: string): URL {
  return under(hub, `api/models/${path}`);
}

/** The endpoint may have a path of its own, as behind a company's mirror. */
function under({ endpoint }: Pick<Hub, "endpoint">, path: string): URL {
  return new URL(`${endpoint.href.replace(/\/+$/, "")}/${path}`);
}

function subject({ id, revision }: Lookup): string {
  return `${id}@${revision}`;
}

interface Page<T> {
  readonly value: T;
  readonly next: URL | undefined;
}

async function getJson<T>(hub: Hub, url: URL, lookup: Lookup, schema: z.ZodType<T>): Promise<Page<T>> {
  const { text, link } = await hub.ask(url, { subject: subject(lookup), signal: lookup.signal });
  return { value: parse(text, schema, lookup, url), next: nextPage(link, url) };
}

function parse<T>(text: string, schema: z.ZodType<T>, lookup: Lookup, url: URL): T {
  const result = schema.safeParse(parseJson(text));
  if (result.success) return result.data;
  const start = JSON.stringify(text.slice(0, 60));
  throw new HubError(
    `${subject(lookup)}: ${url.origin}${url.pathname} did not answer as a model hub does, but with ${start}. ` +
      "Is HF_ENDPOINT right, and does no proxy or login page stand between?",
    { retryable: false, cause: result.error },
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The `rel="next"` target of a Link header (RFC 8288), by which the hub cuts long listings into pages. */
function nextPage(link: string | null, base: URL): URL | undefined {
  const target = /<([^>]*)>\s*;\s*rel="?next"?/.exec(link ?? "")?.[1];
  return target !== undefined && URL.canParse(target, base) ? new URL(target, base) : undefined;
}
