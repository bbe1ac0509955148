/** Stores that outlive a page: its private file system, or else the browser's Cache API; else there is only memory. */

import { memoryStore, type PieceStore } from "./piece-store.ts";

/** The name of our part of either. */
const FOLDER = "instruct-pix2pix";

/** The best store this page can have. Both kinds are only there on secure pages, and not in every private window. */
export async function openPieceStore(): Promise<PieceStore> {
  return (await openFileStore()) ?? (await openCacheStore()) ?? memoryStore();
}

/** In the origin-private file system; undefined where that is not there, or cannot be written from a page. */
export async function openFileStore(): Promise<PieceStore | undefined> {
  if (!("FileSystemFileHandle" in globalThis && "createWritable" in FileSystemFileHandle.prototype)) return undefined;
  const open = async () => (await navigator.storage.getDirectory()).getDirectoryHandle(FOLDER, { create: true });
  if ((await open().catch(() => undefined)) === undefined) return undefined;
  return {
    get: (file, piece) =>
      unlessMissing(async () => {
        const folder = await (await open()).getDirectoryHandle(file);
        return await (await folder.getFileHandle(piece)).getFile();
      }),
    async put(file, piece, content) {
      const folder = await (await open()).getDirectoryHandle(file, { create: true });
      const writable = await (await folder.getFileHandle(piece, { create: true })).createWritable();
      try {
        await writable.write(content);
        await writable.close(); // only now it takes the place of what was there
      } catch (error) {
        await writable.abort().catch(() => {});
        throw error;
      }
    },
    remove: async (file) => unlessMissing(async () => (await open()).removeEntry(file, { recursive: true })),
    async files() {
      const names: string[] = [];
      for await (const name of (await open()).keys()) names.push(name);
      return names;
    },
    exclusive,
  };
}

/** In the Cache API; undefined where that is not there. */
export async function openCacheStore(): Promise<PieceStore | undefined> {
  const cache = await ("caches" in globalThis ? caches.open(FOLDER).catch(() => undefined) : undefined);
  if (cache === undefined) return undefined;
  const root = new URL(`/.${FOLDER}/`, location.origin).href;
  return {
    get: async (file, piece) => (await cache.match(`${root}${file}/${piece}`))?.blob(),
    put: (file, piece, content) => cache.put(`${root}${file}/${piece}`, new Response(content)),
    async remove(file) {
      const requests = await cache.keys();
      const own = requests.filter(({ url }) => url.startsWith(`${root}${file}/`));
      await Promise.all(own.map((request) => cache.delete(request)));
    },
    async files() {
      const requests = await cache.keys();
      return [...new Set(requests.map(({ url }) => url.slice(root.length).split("/")[0]))];
    },
    exclusive,
  };
}

function exclusive<T>(file: string, use: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  return navigator.locks.request(`${FOLDER} ${file}`, { signal }, use);
}

/** Undefined when an entry of a file system is not there. */
async function unlessMissing<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof DOMException && error.name === "NotFoundError") return undefined;
    throw error;
  }
}
