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
  if (picked instanceof FileSystemDirectoryHandle) {
    const files = new Map<string, Blob>();
    for await (const [path, handle] of filesOf(picked)) files.set(path, await handle.getFile());
    return blobFolder(picked.name === "" ? "the folder" : picked.name, files);
  }
  if (isMap(picked)) return blobFolder("the folder", picked);
  const files = [...picked].map(
    (file) => [file.webkitRelativePath === "" ? file.name : file.webkitRelativePath, file] as const,
  );
  return blobFolder("the folder", new Map(files));
}

function isMap(picked: ReadonlyMap<string, Blob> | Iterable<File>): picked is ReadonlyMap<string, Blob> {
  return picked instanceof Map;
}

async function* filesOf(folder: FileSystemDirectoryHandle, path = ""): AsyncGenerator<[string, FileSystemFileHandle]> {
  for await (const [name, handle] of folder.entries()) {
    if (handle instanceof FileSystemFileHandle) yield [`${path}${name}`, handle];
    else if (handle instanceof FileSystemDirectoryHandle) yield* filesOf(handle, `${path}${name}/`);
  }
}
