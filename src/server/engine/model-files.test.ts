/** A model's files: what they take, and what happens to one that is damaged. */

import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it, vi } from "vitest";
import { HubError } from "../../errors.ts";
import { temporaryFolder } from "../server.test-data.ts";
import { describeModel, verifyModel } from "./model-files.ts";

const CHECKPOINT = fileURLToPath(new URL("../../../test/golden/edit/checkpoint", import.meta.url));
const COMMIT = "c".repeat(40);
const never = new AbortController().signal;

const weights = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".safetensors"));
const bytes = weights(CHECKPOINT).reduce((total, name) => total + statSync(join(CHECKPOINT, name)).size, 0);

/** A cache of the hub with the checkpoint in it; gives the folder of its contents. */
function fillCache(): string {
  const cache = temporaryFolder();
  vi.stubEnv("HF_HUB_CACHE", cache);
  const model = join(cache, "models--org--tiny");
  for (const folder of ["blobs", "refs"]) mkdirSync(join(model, folder), { recursive: true });
  writeFileSync(join(model, "refs/main"), COMMIT);
  for (const entry of readdirSync(CHECKPOINT, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const source = join(entry.parentPath, entry.name);
    const blob = join(model, "blobs", createHash("sha256").update(readFileSync(source)).digest("hex"));
    const link = join(model, "snapshots", COMMIT, source.slice(CHECKPOINT.length));
    cpSync(source, blob);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(blob, link);
  }
  return join(model, "snapshots", COMMIT);
}

/** Changes the last bytes of a weight file, through links. */
function damage(folder: string, end: Uint8Array): void {
  const file = join(folder, weights(folder).find((name) => name.includes("unet"))!);
  const content = readFileSync(file);
  content.set(end, content.length - end.length);
  writeFileSync(file, content);
}

describe("a model's files", () => {
  afterEach(() => vi.unstubAllEnvs());

  it("are described: of a folder, and of a name of the hub", async () => {
    const facts = { bytes, title: expect.stringContaining("InstructPix2Pix"), parameters: expect.any(Number) };
    expect(await describeModel({ model: CHECKPOINT })).toEqual(facts);
    fillCache();
    expect(await describeModel({ model: "org/tiny" })).toEqual(facts);
    await expect(describeModel({ model: "org/other" })).rejects.toThrow(HubError);
  });

  it("are whole: numbers all of them, and of the hub's cache what they are named by", async () => {
    expect(await verifyModel({ model: CHECKPOINT }, never)).toEqual({ bytes, hashedBytes: 0 });
    fillCache();
    expect(await verifyModel({ model: "org/tiny" }, never)).toEqual({ bytes, hashedBytes: bytes });
  });

  it("are not: another content, a NaN", async () => {
    damage(fillCache(), Uint8Array.of(0, 0, 0, 1));
    await expect(verifyModel({ model: "org/tiny" }, never)).rejects.toThrow(
      /weight file .* is damaged: its SHA-256 is/,
    );
    const folder = temporaryFolder();
    cpSync(CHECKPOINT, folder, { recursive: true });
    damage(folder, Uint8Array.of(0, 0, 0xc0, 0x7f));
    await expect(verifyModel({ model: folder }, never)).rejects.toThrow(/unet holds NaN at .*\[\d+\]/);
  });

  it("are not read any further when nobody waits", async () => {
    await expect(verifyModel({ model: CHECKPOINT }, AbortSignal.abort(new Error("left")))).rejects.toThrow("left");
  });
});
