/** The pictures an edit starts from: files, folders of files, and standard input. */

import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { UsageError } from "../errors.ts";
import type { Image } from "../image/image.ts";
import type { EditDependencies } from "./edit-dependencies.ts";
import { STREAM } from "./edit-plan.ts";
import type { Terminal } from "./terminal.ts";

/** A decoded picture and the hash of the file it came from. */
export interface Input {
  readonly image: Image;
  /** SHA-256 of the encoded bytes, lower-case hexadecimal. */
  readonly sha256: string;
}

/** Reads a picture by its path, or from standard input for `-`. */
export type ReadInput = (path: string) => Promise<Input>;

/** Reads pictures, keeping the last one: edits come image by image, so each is decoded about once. */
export function inputReader(
  terminal: Terminal,
  codec: Pick<EditDependencies, "readPicture" | "decodeImage">,
): ReadInput {
  let last: { path: string; input: Input } | undefined;
  let piped: Promise<Uint8Array> | undefined;
  const read = (path: string) => {
    if (path !== STREAM) return codec.readPicture(path);
    piped ??= readStandardInput(terminal);
    return piped;
  };
  return async (path) => {
    if (last?.path === path) return last.input;
    const bytes = await read(path);
    const image = await codec.decodeImage(bytes, path === STREAM ? "standard input" : path);
    const input = { image, sha256: createHash("sha256").update(bytes).digest("hex") };
    last = { path, input };
    return input;
  };
}

/** Text of a file, or of standard input for `-`. */
export async function readText(path: string, terminal: Terminal): Promise<string> {
  if (path === STREAM) return new TextDecoder().decode(await readStandardInput(terminal));
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    const reason = error.code === "ENOENT" ? "there is no such file" : error.message;
    throw new UsageError(`cannot read ${path}: ${reason}`, { cause: error });
  });
}

const IMAGE_FILE = /^\.(png|jpe?g|webp|avif|tiff?)$/i;

/** Replaces each folder by the images in it, sorted by name; what is no folder stays as it is. */
export async function expandFolders(paths: readonly string[]): Promise<string[]> {
  const expanded: string[] = [];
  for (const path of paths) {
    if (path === STREAM || !(await isFolder(path))) {
      expanded.push(path);
      continue;
    }
    const names = (await readdir(path)).filter((name) => IMAGE_FILE.test(extname(name))).sort();
    if (names.length === 0) throw new UsageError(`${path}: the folder holds no image`);
    expanded.push(...names.map((name) => join(path, name)));
  }
  return expanded;
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

async function readStandardInput({ stdin }: Terminal): Promise<Uint8Array> {
  if (stdin.isTTY === true) throw new UsageError("- reads standard input, which is a terminal; pipe a file into it");
  const chunks: Uint8Array[] = [];
  for await (const chunk of stdin) chunks.push(chunk);
  return Buffer.concat(chunks);
}
