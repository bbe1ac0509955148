/** `state.json`: what a snapshot is of, and what its files must be for it to be whole. */

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { pipeline } from "node:stream/promises";
import { CheckpointError } from "../../errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../weights/json.ts";

export const STATE_JSON = "state.json";
const FORMAT = "ip2p training snapshot";
const VERSION = 1;

export interface Manifest {
  readonly step: number;
  /** What of the training's state is no tensor: states of random streams, the place in the data, counts. */
  readonly counters: JsonObject;
  /** Every other file of the folder by its path with slashes, sorted. */
  readonly files: ReadonlyMap<string, FileSeal>;
}

interface FileSeal {
  readonly bytes: number;
  readonly sha256: string;
}

/** Describes the files that lie in `folder` now. */
export async function sealFiles(folder: string): Promise<ReadonlyMap<string, FileSeal>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files: [string, FileSeal][] = [];
  for (const path of paths) {
    const name = relative(folder, path).replaceAll("\\", "/");
    files.push([name, { bytes: (await stat(path)).size, sha256: await sha256(path) }]);
  }
  return new Map(files.sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function formatManifest({ step, counters, files }: Manifest): string {
  const manifest = { format: FORMAT, version: VERSION, step, counters, files: Object.fromEntries(files) };
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

/** Reads the manifest of a snapshot folder. @throws CheckpointError when it is none or of a format unknown here. */
export async function readManifest(folder: string): Promise<Manifest> {
  const fail = (problem: string, cause?: unknown) =>
    new CheckpointError(`${folder} is not a whole training snapshot: ${problem}`, { cause });
  let json: JsonValue;
  try {
    json = JSON.parse(await readFile(join(folder, STATE_JSON), "utf8"));
  } catch (error) {
    throw fail(`${STATE_JSON} cannot be read: ${error instanceof Error ? error.message : error}`, error);
  }
  if (!isJsonObject(json) || json.format !== FORMAT) throw fail(`${STATE_JSON} does not say format "${FORMAT}"`);
  if (json.version !== VERSION) {
    throw fail(
      `it has version ${JSON.stringify(json.version)}, this program reads ${VERSION}: use the one that wrote it`,
    );
  }
  const { step, counters, files } = json;
  if (typeof step !== "number" || !isJsonObject(counters) || !isJsonObject(files)) {
    throw fail(`${STATE_JSON} lacks step, counters or files`);
  }
  if (basename(folder) !== snapshotName(step)) throw fail(`it is of step ${step}, which its name contradicts`);
  return { step, counters, files: new Map(Object.entries(files).map(([name, seal]) => [name, parseSeal(seal, fail)])) };
}

function parseSeal(seal: JsonValue, fail: (problem: string) => CheckpointError): FileSeal {
  if (!isJsonObject(seal) || typeof seal.bytes !== "number" || typeof seal.sha256 !== "string") {
    throw fail(`${STATE_JSON} lacks the size or the SHA-256 of a file`);
  }
  return { bytes: seal.bytes, sha256: seal.sha256 };
}

/**
 * Compares the files of a snapshot with its manifest: their sizes, and unless `contents` is false every byte.
 *
 * @throws CheckpointError that names the first file that differs.
 */
export async function checkFiles(folder: string, manifest: Manifest, options: { contents: boolean }): Promise<void> {
  for (const [name, { bytes, sha256: expected }] of manifest.files) {
    const fail = (problem: string) =>
      new CheckpointError(`${folder} is not a whole training snapshot: ${name} ${problem}`);
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) throw fail("is missing");
    if (found.size !== bytes) throw fail(`has ${found.size} bytes, not ${bytes}`);
    if (!options.contents) continue;
    const actual = await sha256(path).catch((error) => {
      throw fail(`cannot be read: ${error.message}`);
    });
    if (actual !== expected) throw fail(`is damaged: its SHA-256 is ${actual}, not ${expected}`);
  }
}

/** `step-000500`: names sort by step up to a million, and are told apart beyond. */
export function snapshotName(step: number): string {
  return `step-${String(step).padStart(6, "0")}`;
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), hash);
  return hash.digest("hex");
}
