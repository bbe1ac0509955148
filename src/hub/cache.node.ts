/**
 * The cache on disk, laid out as Python's huggingface_hub lays it out, so that both find each other's downloads:
 *
 *     models--org--name/blobs/<hash>                     content, named by its hash
 *     models--org--name/snapshots/<commit>/unet/x.json   → ../../../blobs/<hash>
 *     models--org--name/refs/main                        the commit that a branch meant when it was last fetched
 */

import { constants } from "node:fs";
import { copyFile, link, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { HubError } from "../errors.ts";
import { COMMIT, type RemoteFile } from "./repository.ts";
import type { HubSettings } from "./settings.node.ts";

export interface ModelCache {
  readonly blobs: string;
  readonly snapshots: string;
  readonly refs: string;
  /** Beside all models, where Python keeps its locks as well. */
  readonly locks: string;
  /** Whether snapshots link to blobs symbolically. */
  readonly symlinks: boolean;
}

/** The folders of one model. Nothing is created. */
export function modelCache({ cacheDir, symlinks }: HubSettings, id: string): ModelCache {
  const name = `models--${id.replaceAll("/", "--")}`;
  const folder = (part: string) => join(cacheDir, name, part);
  return {
    blobs: folder("blobs"),
    snapshots: folder("snapshots"),
    refs: folder("refs"),
    locks: join(cacheDir, ".locks", name),
    symlinks,
  };
}

/** The commit that a revision meant when it was last fetched, undefined when it never was. */
export async function readRef(cache: ModelCache, revision: string): Promise<string | undefined> {
  if (COMMIT.test(revision)) return revision;
  const text = await readFile(join(cache.refs, revision), "utf8").catch(() => "");
  return COMMIT.test(text.trim()) ? text.trim() : undefined;
}

/** Remembers which commit a branch or tag means. Comes last in a download, so that no ref points at half a snapshot. */
export async function writeRef(cache: ModelCache, revision: string, commit: string): Promise<void> {
  if ((await readRef(cache, revision)) === commit) return;
  const path = join(cache.refs, revision);
  const temporary = `${path}.${unique()}.tmp`;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(temporary, commit);
  await rename(temporary, path);
}

/** Paths of the files that a snapshot really has, with `/`; links whose content is gone do not count. */
export async function listSnapshot(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(names.map((name) => fileSize(join(folder, name))));
  return names.filter((_, i) => sizes[i] !== undefined).map((name) => name.split(sep).join("/"));
}

/** Size of a file, through links; undefined when there is none. */
export async function fileSize(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ? found.size : undefined;
}

/**
 * Where a file of a snapshot belongs.
 * @throws HubError for a name that would leave the snapshot's folder, or means something else on another system.
 */
export function snapshotPath(cache: ModelCache, commit: string, path: string): string {
  const parts = path.split("/");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (parts.some((part) => part === "" || part === "." || part === ".." || /[\\:\x00-\x1f]/.test(part)))
    throw new HubError(`the hub lists a file named ${JSON.stringify(path)}, which is no safe place in the cache`, {
      retryable: false,
    });
  return join(cache.snapshots, commit, ...parts);
}

/** Makes a blob appear in a snapshot: as a relative link, or where links cannot be made as a hard link or a copy. */
export async function placeFile(cache: ModelCache, commit: string, file: RemoteFile): Promise<void> {
  const place = snapshotPath(cache, commit, file.path);
  if ((await fileSize(place)) === file.size) return;
  const blob = join(cache.blobs, file.hash);
  const temporary = join(cache.blobs, `${file.hash}.${unique()}.link`);
  await mkdir(dirname(place), { recursive: true });
  try {
    await (cache.symlinks ? symlink(relative(dirname(place), blob), temporary) : link(blob, temporary))
      .catch(() => link(blob, temporary))
      .catch(() => copyFile(blob, temporary, constants.COPYFILE_FICLONE));
    await rename(temporary, place);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** A name that no other process uses. */
function unique(): string {
  return crypto.randomUUID().slice(0, 8);
}
