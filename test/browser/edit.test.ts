/** Editing in a tab: the pictures that Node makes, weights that are fetched once, and what goes wrong said clearly. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { SamplerName } from "../../src/diffusion/samplers.ts";
import { drop, type Fault, hang } from "../../src/hub/fake-hub.test-data.ts";
import { FileServer, filesOf } from "../../src/hub/file-server.test-data.ts";
import { readImage } from "../../src/image/decode.node.ts";
import type { EditOptions } from "../../src/pipelines/edit-options.ts";
import { requirement } from "../requirements.ts";
import { type Editor, openEditor } from "./editor.ts";
import { type Site, serveSite } from "./site.ts";

interface Case extends Pick<EditOptions, "steps" | "textGuidance" | "imageGuidance" | "seed"> {
  readonly name: string;
  readonly text: string;
  readonly sampler?: SamplerName;
}

const golden = (name: string) => fileURLToPath(new URL(`../golden/edit/${name}`, import.meta.url));
const CASES: Case[] = JSON.parse(readFileSync(golden("cases.json"), "utf8"));
const FILES = filesOf(golden("checkpoint"));
const UNET = "tiny/unet/diffusion_pytorch_model.safetensors";
const chromium = requirement("chromium");

/** The tiny model in a folder, as a model of a hub, and the list of its files. */
function served(): Map<string, Buffer> {
  const files = new Map([...FILES].map(([path, content]) => [`tiny/${path}`, content]));
  files.set("tiny/files.json", Buffer.from(JSON.stringify([...FILES.keys()])));
  const commit = "0123456789".repeat(4);
  files.set("api/models/org/tiny/revision/main", Buffer.from(JSON.stringify({ sha: commit })));
  const entries = [...FILES].map(([path, content]) => {
    const entry = { type: "file", path, size: content.length, oid: commit };
    const oid = createHash("sha256").update(content).digest("hex");
    return path.endsWith(".safetensors") ? { ...entry, lfs: { oid, size: content.length } } : entry;
  });
  files.set(`api/models/org/tiny/tree/${commit}`, Buffer.from(JSON.stringify(entries)));
  for (const [path, content] of FILES) files.set(`org/tiny/resolve/${commit}/${path}`, content);
  return files;
}

/** Where nobody listens. */
const NOWHERE = "http://127.0.0.1:9";

let server: FileServer;
let site: Site;
let editor: Editor;
beforeAll(async () => {
  if (!chromium.available) return;
  server = await FileServer.start(served());
  site = await serveSite({ page: "edit-page" });
});
afterAll(async () => {
  await site?.close();
  await server?.stop();
});

describe.skipIf(!chromium.available)(`editing in a tab of Chromium${chromium.reason}`, () => {
  beforeAll(async () => {
    editor = await openEditor(site, { executablePath: chromium.path, allowed: [server.origin, NOWHERE] });
  });
  afterAll(() => editor.close());
  beforeEach(() => {
    server.log.length = 0;
    server.page = undefined;
    for (const [path, content] of served()) server.files.set(path, content);
  });

  const address = () => `${server.origin}/tiny`;
  const weightsFetched = () => server.asked("GET", ".safetensors").map(({ path, range }) => `${path} ${range}`);
  const difference = async ({ name, text, steps, textGuidance, imageGuidance, seed, sampler }: Case) => {
    const exact = { resolution: "native", restore: false } as const;
    const edited = await editor.edit({
      picture: readFileSync(golden(`${name}-in.png`)),
      instruction: text,
      options: { steps, textGuidance, imageGuidance, seed, sampler, ...exact },
    });
    const expected = await readImage(golden(`${name}-out.png`));
    expect([edited.width, edited.height]).toEqual([expected.width, expected.height]);
    expect(edited.steps).toEqual(Array.from({ length: steps! }, (_, i) => i + 1));
    return expected.data.reduce((worst, value, i) => Math.max(worst, Math.abs(value - edited.data[i]!)), 0);
  };

  describe.each(["wasm", "webgpu"] as const)("on %s", (device) => {
    beforeAll(async () => {
      expect(await editor.load(address(), { options: { device } })).toMatchObject({ device, notes: [] });
    });
    // A software driver of WebGPU takes its time to compile hundreds of shaders.
    it.each(CASES)("gives Node's picture: $name, $sampler", { timeout: 600_000 }, async (each) => {
      expect(await difference(each)).toBeLessThanOrEqual(2);
    });
  });

  it("prefers WebGPU", async () => {
    expect(await editor.load(address())).toMatchObject({ device: "webgpu", notes: [] });
  });

  it("fetches weights once, telling how far it is, and none at the next visit", async () => {
    await editor.forget();
    server.log.length = 0;
    const first = await editor.load(address(), { options: { device: "wasm" } });
    const total = [...FILES].reduce((sum, [path, { length }]) => sum + (path.endsWith(".safetensors") ? length : 0), 0);
    const downloads = first.events.filter(({ phase }) => phase === "download");
    expect(first.events[0]).toEqual({ phase: "open" });
    expect(downloads.at(-1)).toMatchObject({ received: total, total });
    expect(downloads.map(({ received }) => received)).toEqual(
      downloads.map(({ received }) => received).toSorted((a, b) => a! - b!),
    );
    expect(weightsFetched().filter((each) => each.endsWith("bytes=0-"))).toHaveLength(3);
    expect((await editor.kept()).map(({ url, size, keptBytes }) => [new URL(url).origin, size - keptBytes])).toEqual(
      Array(3).fill([server.origin, 0]),
    );

    await editor.reload();
    server.log.length = 0;
    const second = await editor.load(address(), { options: { device: "wasm" } });
    expect(weightsFetched()).toEqual([]);
    expect(server.asked("HEAD").filter(({ path }) => path.endsWith(".safetensors"))).toHaveLength(3);
    expect(second.events.filter(({ phase }) => phase === "download")).toEqual([]);
    expect(await difference(CASES[0]!)).toBeLessThanOrEqual(2);
  });

  it("fetches nothing but what is missing when the line breaks, and again what has changed", async () => {
    await editor.forget();
    // What a stream has when it breaks is lost unless it has been read: the line breaks a moment after the bytes.
    const dropLater: Fault = (exchange) =>
      hang(1_000_000, () => setTimeout(() => exchange.response.destroy(), 500))(exchange);
    server.faults.set(UNET, [(exchange) => drop(exchange.content.length)(exchange), dropLater]);
    server.log.length = 0;
    await editor.load(address(), { options: { device: "wasm" } });
    expect(
      weightsFetched()
        .filter((each) => each.startsWith(UNET))
        .at(-1),
    ).toMatch(/bytes=[1-9]\d*-$/);
    const vae = "tiny/vae/diffusion_pytorch_model.safetensors";
    const changed = Buffer.from(server.files.get(vae)!);
    changed[changed.length - 1] ^= 1;
    server.files.set(vae, changed);
    server.log.length = 0;
    await editor.load(address(), { options: { device: "wasm" } });
    expect(new Set(server.asked("GET", ".safetensors").map(({ path }) => path))).toEqual(new Set([vae]));
    expect(await editor.kept()).toHaveLength(3);
  });

  it("can be told to keep nothing", async () => {
    await editor.forget();
    await editor.load(address(), { options: { device: "wasm", keep: false } });
    expect(await editor.kept()).toEqual([]);
    expect(await difference(CASES[2]!)).toBeLessThanOrEqual(2);
  });

  it.each(["files", "folder"] as const)("edits with %s in hand", async (how) => {
    expect(await editor.load(address(), { how, options: { device: "wasm" } })).toMatchObject({ device: "wasm" });
    expect(await difference(CASES[1]!)).toBeLessThanOrEqual(2);
  });

  it("edits with a model of the hub, which is not needed the next time", async () => {
    const options = { device: "wasm", hub: { endpoint: server.origin } } as const;
    await editor.load("org/tiny", { options });
    expect(await difference(CASES[1]!)).toBeLessThanOrEqual(2);
    server.log.length = 0;
    await editor.load("org/tiny@main", { options });
    expect(server.log).toEqual([]);
    expect(await difference(CASES[1]!)).toBeLessThanOrEqual(2);
  });

  it("stops an edit with the signal's reason, and edits again", async () => {
    await editor.load(address(), { options: { device: "wasm" } });
    const picture = readFileSync(golden("p1-in.png"));
    const options = { steps: 40, seed: 1, resolution: "native" } as const;
    await expect(editor.edit({ picture, instruction: "make it snow", options, stopAt: 2 })).rejects.toThrow(/enough/);
    expect(await difference(CASES[0]!)).toBeLessThanOrEqual(2);
  });

  it("stops loading with the signal's reason, and loads again", async () => {
    await editor.forget();
    server.faults.set(UNET, [hang(300_000), hang(300_000)]);
    await expect(editor.load(address(), { stopAt: "download", options: { device: "wasm" } })).rejects.toThrow(/enough/);
    server.faults.delete(UNET);
    expect(await editor.load(address(), { options: { device: "wasm" } })).toMatchObject({ device: "wasm" });
  });

  it("is over once it is disposed of", async () => {
    await editor.load(address(), { options: { device: "wasm" } });
    await editor.dispose();
    await expect(difference(CASES[0]!)).rejects.toThrow(/dispose/);
  });

  it.each(["files", "cache", "memory"] as const)("keeps pieces in a store of kind %s", async (kind) => {
    expect(await editor.tryStore(kind)).toEqual([
      ["none", "one", null, null],
      ["a", "ab"],
      ["first begins", "first ends", "second begins", "second ends"],
      [null, "other"],
    ]);
  });

  describe("says what is wrong", () => {
    const load = (from = address()) => editor.load(from, { options: { device: "wasm" } });

    it("when there is no model at the address", async () => {
      await expect(load(`${server.origin}/nowhere`)).rejects.toThrow(
        /CheckpointError: .*nowhere\/: expected model_index\.json/,
      );
    });
    it("when the server sends its own page in place of weights", async () => {
      server.files.delete(UNET);
      server.page = "<!doctype html><title>Not here</title>";
      await expect(load()).rejects.toThrow(/CheckpointError: .*safetensors: .* sent a web page in place of the file/);
    });
    it("when a weight file was cut off", async () => {
      const whole = server.files.get(UNET)!;
      server.files.set(UNET, whole.subarray(0, whole.length - 1000));
      await expect(load()).rejects.toThrow(/CheckpointError: .*safetensors.*is it truncated\?/);
    });
    it("when there is no server", async () => {
      await expect(load(`${NOWHERE}/tiny`)).rejects.toThrow(/HubError: .*the connection to 127\.0\.0\.1:9 failed/);
    });
    it("when a name is none", async () => {
      await expect(load("tiny")).rejects.toThrow(
        /UsageError: model "tiny": expected the address of a diffusers folder/,
      );
    });
  });
});

describe.skipIf(!chromium.available)(`a tab without WebGPU${chromium.reason}`, () => {
  beforeAll(async () => {
    editor = await openEditor(site, { executablePath: chromium.path, allowed: [server.origin], webgpu: false });
  });
  afterAll(() => editor.close());

  it("edits on WebAssembly, and says why", async () => {
    const { device, notes } = await editor.load(`${server.origin}/tiny`);
    expect([device, notes.join()]).toEqual([
      "wasm",
      expect.stringMatching(/running on wasm, because webgpu cannot be used/),
    ]);
  });

  it("refuses when told to use nothing else, before it downloads weights", async () => {
    await editor.forget();
    server.log.length = 0;
    const loading = editor.load(`${server.origin}/tiny`, { options: { device: "webgpu" } });
    await expect(loading).rejects.toThrow(/UsageError: webgpu cannot be used: it needs a browser with WebGPU/);
    expect(server.asked("GET", ".safetensors").filter(({ range }) => range === "bytes=0-")).toEqual([]);
  });
});
