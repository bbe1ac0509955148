/** One cache for Python's huggingface_hub and for us: against a cache that it made, and against itself where it is. */

import { execFile, execFileSync } from "node:child_process";
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import golden from "../../test/golden/hub/python-cache.json" with { type: "json" };
import { FILES, HubFixture, ID } from "./hub-fixture.test-data.ts";

const fixture = new HubFixture();
const NOWHERE = "http://127.0.0.1:9";

type Entry = { readonly link: string } | { readonly text: string };
const made = new Map<string, Entry>(Object.entries(golden.cache));

describe("a cache that huggingface_hub made", () => {
  it("is used as it is, without network", async () => {
    for (const [path, entry] of made) {
      const place = join(fixture.repository, path);
      mkdirSync(dirname(place), { recursive: true });
      if ("link" in entry) symlinkSync(entry.link, place);
      else writeFileSync(place, entry.text);
    }
    const folder = join(fixture.repository, "snapshots", golden.commit);
    const options = { endpoint: NOWHERE, files: undefined };
    expect(await fixture.resolve(options, golden.model)).toBe(folder);
    expect(await fixture.resolve({ ...options, offline: true }, `${golden.model}@${golden.commit}`)).toBe(folder);
    expect(fixture.waits).toEqual([]);
  });

  it("is the cache that we make of the same model", async () => {
    fixture.hub.addModel(golden.model, golden.files, golden.commit);
    await fixture.resolve({}, golden.model);
    const expected = [...made].filter(([path]) => !path.startsWith("trees/"));
    expect(readCache()).toEqual(new Map(expected));
  });
});

/** Its listing of all files is the one thing that we do not write: in it, a snapshot of some files would be a broken one. */
function readCache(): Map<string, Entry> {
  const cache = new Map<string, Entry>();
  for (const path of readdirSync(fixture.repository, { recursive: true, encoding: "utf8" }).sort()) {
    const place = join(fixture.repository, path);
    const found = lstatSync(place);
    if (found.isSymbolicLink()) cache.set(path, { link: readlinkSync(place) });
    else if (found.isFile()) cache.set(path, { text: readFileSync(place, "utf8") });
  }
  return cache;
}

const python = findPython();
const ORACLE = fileURLToPath(new URL("../../tools/oracle/hub_cache.py", import.meta.url));

describe.skipIf(!python.available)(`huggingface_hub itself${python.reason}`, () => {
  async function run(...command: string[]): Promise<string> {
    const env = { ...process.env, HF_HOME: fixture.cacheDir, HF_HUB_CACHE: fixture.cacheDir };
    return (await promisify(execFile)(python.path, [ORACLE, ...command], { env })).stdout.trim();
  }

  it("finds what we downloaded, a part of the repository though it is", async () => {
    const commit = fixture.hub.addModel(golden.model, { ...golden.files, "unet/model.onnx": "not needed" });
    const folder = await fixture.resolve({ files: undefined }, golden.model);
    const found = JSON.parse(await run("inspect", fixture.cacheDir, golden.model, commit));
    const names = Object.keys(golden.files).filter((name) => name !== "README.md");
    expect(found).toEqual({
      snapshot: folder,
      byCommit: folder,
      files: Object.fromEntries(names.map((name) => [name, join(folder, name)])),
      absent: null,
      warnings: [],
      incomplete: 0,
      size: names.reduce((sum, name) => sum + new Map(Object.entries(golden.files)).get(name)!.length, 0),
      repos: [{ id: golden.model, type: "model", revisions: [{ commit, refs: ["main"], files: names.length }] }],
    });
  });

  it("downloads from the same hub what we then find without asking", async () => {
    fixture.hub.addModel(ID, FILES);
    const folder = await run("download", fixture.hub.endpoint, fixture.cacheDir, ID);
    fixture.hub.log.length = 0;
    expect(await fixture.resolve()).toBe(folder);
    expect(fixture.hub.log).toEqual([]);
    fixture.expectComplete(folder);
  });

  it("downloads nothing that we did", async () => {
    fixture.hub.addModel(ID, FILES);
    const folder = await fixture.resolve();
    fixture.hub.log.length = 0;
    expect(await run("download", fixture.hub.endpoint, fixture.cacheDir, ID)).toBe(folder);
    expect(fixture.hub.downloads()).toEqual([]);
  });

  it("is not disturbed by a download of ours that stopped midway", async () => {
    const commit = fixture.hub.addModel(ID, FILES);
    fixture.leaveIncomplete(new Uint8Array(1000));
    const folder = await run("download", fixture.hub.endpoint, fixture.cacheDir, ID);
    const found = JSON.parse(await run("inspect", fixture.cacheDir, ID, commit));
    expect(found).toMatchObject({ snapshot: folder, warnings: [], incomplete: 1 });
  });
});

/** Python with huggingface_hub, from IP2P_PYTHON or the path. IP2P_REQUIRE=huggingface_hub turns its lack into a failure. */
function findPython(): { available: boolean; reason: string; path: string } {
  const path = process.env.IP2P_PYTHON ?? "python3";
  try {
    execFileSync(path, ["-c", "import huggingface_hub"], { stdio: "ignore" });
    return { available: true, reason: "", path };
  } catch {
    const hint =
      "needs Python with huggingface_hub: pip install huggingface_hub, or set IP2P_PYTHON to a Python that has it";
    if ((process.env.IP2P_REQUIRE ?? "").split(",").includes("huggingface_hub")) throw new Error(hint);
    return { available: false, reason: ` (skipped: ${hint})`, path: "" };
  }
}
