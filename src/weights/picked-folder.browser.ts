/** A checkpoint's folder that a person has picked or dropped onto a page. */

import { blobFolder } from "./blob-folder.ts";
import type { ContentSource } from "./checkpoint-source.ts";

/**
 * Files by their paths; the files of `<input type="file" webkitdirectory>`; or a folder of `showDirectoryPicker` or of the
 * origin-private file system.
 */
export type PickedFolder = ReadonlyMap<string, Blob> | Iterable<File> | FileSystemDirectoryHandle;

/** Reads what was picked. */
export async function pickedFolder(picked: PickedFolder): Promise<ContentSource> {
  if (isMap(picked)) return blobFolder(NAMELESS, picked);
  if (Symbol.iterator in picked) {
    const path = (file: File) => (file.webkitRelativePath === "" ? file.name : file.webkitRelativePath);
    return blobFolder(NAMELESS, new Map([...picked].map((file) => [path(file), file])));
  }
  const files = new Map<string, Blob>();
  for await (const [path, handle] of filesOf(picked)) files.set(path, await handle.getFile());
  return blobFolder(picked.name === "" ? NAMELESS : picked.name, files);
}

const NAMELESS = "the folder";

function isMap(picked: PickedFolder): picked is ReadonlyMap<string, Blob> {
  return picked instanceof Map;
}

async function* filesOf(folder: FileSystemDirectoryHandle, path = ""): AsyncGenerator<[string, FileSystemFileHandle]> {
  for await (const [name, handle] of folder.entries()) {
    if (handle instanceof FileSystemFileHandle) yield [`${path}${name}`, handle];
    else if (handle instanceof FileSystemDirectoryHandle) yield* filesOf(handle, `${path}${name}/`);
  }
}
