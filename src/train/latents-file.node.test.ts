/** The file of cached latents: what is put in comes out, whatever happens to the file in between. */

import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { LatentsFile } from "./latents-file.node.ts";

const LENGTH = 5;
const STRIDE = 32 + 4 * LENGTH + 4;
const key = (n: number) => n.toString(16).padStart(64, "0");
const values = (n: number) => Float32Array.from({ length: LENGTH }, (_, i) => Math.fround(n + i / 7));

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ip2p-latents-"));
  path = join(folder, "latents");
});
afterEach(() => rmSync(folder, { recursive: true }));

async function write(...numbers: number[]): Promise<void> {
  await using file = await LatentsFile.open(path, LENGTH);
  await Promise.all(numbers.map((n) => file.put(key(n), values(n))));
}

async function read(...numbers: number[]): Promise<(Float32Array | undefined)[]> {
  await using file = await LatentsFile.open(path, LENGTH);
  return await Promise.all(numbers.map((n) => file.get(key(n))));
}

it("finds what it holds, in this process and in the next", async () => {
  await using file = await LatentsFile.open(path, LENGTH);
  expect(await file.get(key(1))).toBeUndefined();
  await Promise.all([file.put(key(1), values(1)), file.put(key(2), values(2))]);
  expect(await file.get(key(2))).toEqual(values(2));
  expect(await read(2, 1, 3)).toEqual([values(2), values(1), undefined]);
});

it("goes on after a writer that was killed in the middle of a record", async () => {
  await write(1, 2);
  for (const bytes of [1, STRIDE - 1]) {
    truncateSync(path, 2 * STRIDE);
    appendFileSync(path, readFileSync(path).subarray(0, bytes));
    expect(await read(1, 2)).toEqual([values(1), values(2)]);
    await write(3);
    expect(readFileSync(path).length).toBe(3 * STRIDE);
    expect(await read(1, 2, 3)).toEqual([values(1), values(2), values(3)]);
  }
});

it.each([
  ["of a key", 3],
  ["of a value", 40],
  ["of the checksum", STRIDE - 1],
])("does not hand out a record with a changed byte %s, and takes another in its place", async (_name, offset) => {
  await write(1, 2);
  const bytes = readFileSync(path);
  bytes[STRIDE + offset] ^= 4;
  writeFileSync(path, bytes);
  expect(await read(1, 2)).toEqual([values(1), undefined]);
  await write(2);
  expect(await read(1, 2)).toEqual([values(1), values(2)]);
});
