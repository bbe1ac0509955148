/** Downloading into the cache, and what happens when the line breaks or the server answers something else. */

import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { body, drop, type Fault, gitSha1, hang, ignoreRange, serve, status, withEtag } from "./fake-hub.test-data.ts";
import type { FileFilter } from "./file-choice.ts";
import { BLOB, CONFIG, FILES, HubFixture, ID, WEIGHTS } from "./hub-fixture.test-data.ts";
import type { DownloadProgress } from "./progress.ts";
import { planDownload } from "./resolve-model.node.ts";

const fixture = new HubFixture();

describe("a download", () => {
  it("lays the cache out as Python's client does", async () => {
    const commit = fixture.hub.addModel(ID, { ...FILES, "unet/config.json": "{}" });
    const folder = await fixture.resolve();
    expect(folder).toBe(join(fixture.repository, "snapshots", commit));
    expect(readFileSync(join(fixture.repository, "refs", "main"), "utf8")).toBe(commit);
    expect(readlinkSync(join(folder, "model.safetensors"))).toBe(`../../blobs/${BLOB}`);
    expect(readlinkSync(join(folder, "unet", "config.json"))).toBe(`../../../blobs/${gitSha1(Buffer.from("{}"))}`);
    expect(readFileSync(join(folder, "model.safetensors")).equals(WEIGHTS)).toBe(true);
    expect(fixture.locks()).toEqual([]);
  });

  it("can be asked for beforehand: how much is still to come, from where, and under which licence", async () => {
    const commit = fixture.hub.addModel(ID, FILES);
    const card = (cardData: unknown): Fault[] => [
      ({ response }) => response.end(JSON.stringify({ sha: commit, cardData })),
    ];
    const bytes = Object.values(FILES).reduce((sum, content) => sum + Buffer.from(content).length, 0);
    const from = new URL(fixture.hub.endpoint).host;
    fixture.hub.apiFaults.set("/revision/", card({ license: "creativeml-openrail-m" }));
    expect(await planDownload(ID, fixture.options)).toEqual({ bytes, from, license: "creativeml-openrail-m" });
    fixture.hub.apiFaults.set("/revision/", card({ license: "other", license_name: "my-own" }));
    expect(await planDownload(ID, fixture.options)).toMatchObject({ license: "my-own" });
    fixture.hub.apiFaults.set("/revision/", card({ license: ["mit", 7] }));
    expect(await planDownload(ID, fixture.options)).toEqual({ bytes, from, license: undefined });
    expect(fixture.hub.downloads()).toEqual([]);
    await fixture.resolve();
    expect(await planDownload(ID, fixture.options)).toBeUndefined();
    expect(await planDownload("./src", fixture.options)).toBeUndefined();
  });

  it("asks nothing once the cache is complete, and what changed when told to refresh", async () => {
    const first = fixture.hub.addModel(ID, FILES);
    await fixture.resolve();
    const second = fixture.hub.addModel(ID, { ...FILES, "config.json": "{}" });
    fixture.hub.log.length = 0;
    expect(await fixture.resolve()).toMatch(first);
    expect(fixture.hub.log).toEqual([]);
    expect(await fixture.resolve({ refresh: true })).toMatch(second);
    expect(fixture.hub.downloads().map((entry) => entry.path.split("/").at(-1))).toEqual(["config.json"]);
    expect(await fixture.resolve({ offline: true })).toMatch(second);
    expect(await fixture.resolve({ offline: true }, `${ID}@${first}`)).toMatch(first);
  });

  it("takes every file from the commit that the branch meant when it began", async () => {
    const first = fixture.hub.addModel(ID, FILES);
    fixture.hub.apiFaults.set("/tree/", [
      ({ response }) => {
        fixture.hub.addModel(ID, { "config.json": "other" });
        response.writeHead(503).end();
      },
    ]);
    fixture.expectComplete(await fixture.resolve());
    const asked = fixture.hub.log.filter((entry) => /tree|resolve/.test(entry.path)).map((entry) => entry.path);
    expect(asked.length).toBeGreaterThan(2);
    for (const path of asked) expect(path).toContain(first);
  });

  it("reads a listing that comes in pages", async () => {
    fixture.hub.addModel(ID, { ...FILES, a: "1", b: "2", c: "3" });
    fixture.hub.pageSize = 2;
    expect(readdirSync(await fixture.resolve()).sort()).toEqual(["a", "b", "c", "config.json", "model.safetensors"]);
  });

  it("fetches equal files once, and empty ones not at all", async () => {
    fixture.hub.addModel(ID, { "a.txt": "same", "b/c.txt": "same", empty: "" });
    const events: DownloadProgress[] = [];
    const folder = await fixture.resolve({ onProgress: (event) => events.push(event) });
    expect(events.at(-1)).toMatchObject({ receivedBytes: 4, totalBytes: 4, filesDone: 2, files: 2 });
    expect(readFileSync(join(folder, "b", "c.txt"), "utf8")).toBe("same");
    expect(readFileSync(join(folder, "empty"), "utf8")).toBe("");
    expect(fixture.hub.downloads()).toHaveLength(1);
  });

  it("hard-links or copies where symbolic links are not allowed", async () => {
    fixture.hub.addModel(ID, FILES);
    process.env.HF_HUB_DISABLE_SYMLINKS = "1";
    const folder = await fixture.resolve().finally(() => delete process.env.HF_HUB_DISABLE_SYMLINKS);
    expect(lstatSync(join(folder, "model.safetensors")).isFile()).toBe(true);
    fixture.expectComplete(folder);
  });

  it("repairs a snapshot whose content was deleted", async () => {
    fixture.hub.addModel(ID, FILES);
    const folder = await fixture.resolve();
    rmSync(join(fixture.repository, "blobs", BLOB));
    const needsWeights: FileFilter = (files) => ({
      files,
      missing: files.includes("model.safetensors") ? [] : ["weights"],
      compromises: [],
    });
    fixture.expectComplete(await fixture.resolve({ files: needsWeights }));
    expect(readlinkSync(join(folder, "model.safetensors"))).toBe(`../../blobs/${BLOB}`);
  });

  it("reports progress that grows to exactly the bytes of the files", async () => {
    fixture.hub.addModel(ID, FILES);
    fixture.leaveIncomplete(WEIGHTS.subarray(0, 100_000));
    const events: DownloadProgress[] = [];
    await fixture.resolve({ onProgress: (event) => events.push(event), parallel: 1 });
    const total = WEIGHTS.length + CONFIG.length;
    expect(events[0]).toMatchObject({
      file: "model.safetensors",
      receivedBytes: 100_000,
      totalBytes: total,
      filesDone: 0,
      files: 2,
    });
    expect(events.at(-1)).toMatchObject({ receivedBytes: total, totalBytes: total, filesDone: 2, files: 2 });
    for (const event of events) expect(event.fileReceivedBytes).toBeLessThanOrEqual(event.fileTotalBytes);
  });
});

describe("a broken line", () => {
  it("is taken up where it broke", async () => {
    fixture.hub.addModel(ID, FILES);
    fixture.faults("model.safetensors", drop(100_000), drop(50_000));
    fixture.expectComplete(await fixture.resolve());
    const [first, second, third] = fixture.ranges();
    expect(first).toBeUndefined();
    expect(second).toMatch(/^bytes=[1-9]\d*-$/);
    expect(third).toMatch(/^bytes=[1-9]\d*-$/);
    expect(fixture.waits).toEqual([375, 375]);
  });

  it("goes on from what an earlier download left, asking only for the rest", async () => {
    fixture.hub.addModel(ID, FILES);
    fixture.leaveIncomplete(WEIGHTS.subarray(0, 123_456));
    fixture.expectComplete(await fixture.resolve());
    expect(fixture.ranges()).toEqual(["bytes=123456-"]);
  });

  it("needs no request when an earlier download left everything", async () => {
    fixture.hub.addModel(ID, FILES);
    fixture.leaveIncomplete(WEIGHTS);
    fixture.expectComplete(await fixture.resolve());
    expect(fixture.ranges()).toEqual([]);
  });

  it("starts over when what was left is longer than the file", async () => {
    fixture.hub.addModel(ID, FILES);
    fixture.leaveIncomplete(Buffer.concat([WEIGHTS, WEIGHTS]));
    fixture.expectComplete(await fixture.resolve());
    expect(fixture.ranges()).toEqual([undefined]);
  });

  it("starts over, once, when what was left turns out damaged", async () => {
    fixture.hub.addModel(ID, FILES);
    fixture.leaveIncomplete(Buffer.alloc(1000));
    fixture.expectComplete(await fixture.resolve());
    expect(fixture.ranges()).toEqual(["bytes=1000-", undefined]);
  });

  it("starts over when the server ignores the range", async () => {
    fixture.hub.addModel(ID, FILES);
    fixture.faults("model.safetensors", drop(100_000), ignoreRange());
    fixture.expectComplete(await fixture.resolve());
    expect(fixture.ranges()).toHaveLength(2);
  });

  it("starts over when the content changed between two attempts", async () => {
    fixture.hub.addModel(ID, FILES);
    fixture.faults(
      "model.safetensors",
      withEtag(
        '"old"',
        body(() => Buffer.alloc(1000)),
      ),
      serve,
      serve,
    );
    fixture.expectComplete(await fixture.resolve());
    expect(fixture.ranges()).toEqual([undefined, "bytes=1000-", undefined]);
  });

  it("starts over when another part comes than the one asked for", async () => {
    fixture.hub.addModel(ID, FILES);
    const shifted = body((rest) => rest, { "content-range": `bytes 5-${WEIGHTS.length - 1}/${WEIGHTS.length}` });
    fixture.faults("model.safetensors", drop(100_000), shifted);
    fixture.expectComplete(await fixture.resolve());
    expect(fixture.ranges().at(-1)).toBeUndefined();
  });

  it("starts over when the server says that there is no such part", async () => {
    fixture.hub.addModel(ID, FILES);
    fixture.leaveIncomplete(WEIGHTS.subarray(0, 1000));
    fixture.faults("model.safetensors", status(416));
    fixture.expectComplete(await fixture.resolve());
    expect(fixture.ranges()).toEqual(["bytes=1000-", undefined]);
  });

  it("asks for the rest when a body ends early without a word", async () => {
    fixture.hub.addModel(ID, FILES);
    fixture.faults(
      "model.safetensors",
      body((rest) => rest.subarray(0, 1000)),
    );
    fixture.expectComplete(await fixture.resolve());
    expect(fixture.ranges()).toEqual([undefined, "bytes=1000-"]);
  });

  it("is given up when it never gets further, and what arrived is kept", async () => {
    fixture.hub.addModel(ID, FILES);
    fixture.faults("model.safetensors", ...Array(9).fill(ignoreRange(body((rest) => rest.subarray(0, 1000)))));
    const error = await fixture.failure({ retry: { ...fixture.retry, random: () => 1, attempts: 3, baseMs: 10 } });
    expect(error).toMatchObject({ retryable: true });
    expect(error.message).toMatch(/model\.safetensors: ended after 1000 of 300000 bytes \(tried 3 times\)/);
    expect(fixture.waits).toEqual([10, 20]);
    expect(fixture.blobs()).toContain(`${BLOB}.incomplete`);
    expect(existsSync(join(fixture.repository, "refs"))).toBe(false);
  });

  it("is noticed when nothing comes any more", async () => {
    fixture.hub.addModel(ID, FILES);
    fixture.faults("model.safetensors", hang(1000));
    fixture.expectComplete(await fixture.resolve({ stallMs: 250 }));
    expect(fixture.ranges().slice(0, 2)).toEqual([undefined, "bytes=1000-"]);
  });

  const deaf: [string, () => Promise<Response>][] = [
    ["a request", () => new Promise(() => {})],
    ["a body", async () => new Response(new ReadableStream({ pull: () => new Promise(() => {}) }))],
  ];

  it.each(deaf)("ends by abort and by stall even where fetch lets %s hang", async (_name, fetch) => {
    const reason = new Error("enough");
    const controller = new AbortController();
    const stopped = fixture.resolve({ fetch, signal: controller.signal });
    setTimeout(() => controller.abort(reason), 1);
    await expect(stopped).rejects.toBe(reason);
    const error = await fixture.failure({ fetch, stallMs: 2 });
    expect(error.message).toMatch(/sent nothing for 0\.002 s \(tried 5 times\)/);
  });

  it("leaves what arrived when the caller aborts, for the next one to go on from", async () => {
    fixture.hub.addModel(ID, FILES);
    fixture.faults("model.safetensors", hang(1000));
    const controller = new AbortController();
    const stopped = fixture.resolve({ signal: controller.signal });
    const incomplete = join(fixture.repository, "blobs", `${BLOB}.incomplete`);
    await vi.waitFor(() => expect(statSync(incomplete).size).toBe(1000));
    const reason = new Error("enough");
    controller.abort(reason);
    await expect(stopped).rejects.toBe(reason);
    expect(fixture.locks()).toEqual([]);
    fixture.expectComplete(await fixture.resolve());
    expect(fixture.ranges()).toEqual([undefined, "bytes=1000-"]);
  });
});
