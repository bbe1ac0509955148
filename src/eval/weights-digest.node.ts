/** Which weights they were: one hash over all files of a model. */

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { CheckpointError } from "../errors.ts";

/**
 * SHA-256, in hexadecimal, of a `.safetensors` file, or of the names and hashes of all of them in a folder and below.
 *
 * @throws CheckpointError when there is no such file or folder
 */
export async function weightsDigest(path: string): Promise<string> {
  const status = await stat(path).catch((cause) => {
    throw new CheckpointError(`${path} cannot be opened: ${cause.message}`, { cause });
  });
  if (!status.isDirectory()) return await fileDigest(path);
  const names = (await readdir(path, { recursive: true })).filter((name) => name.endsWith(".safetensors"));
  const hash = createHash("sha256");
  for (const name of names.sort())
    hash.update(`${await fileDigest(join(path, name))}  ${name.replaceAll("\\", "/")}\n`);
  return hash.digest("hex");
}

async function fileDigest(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
