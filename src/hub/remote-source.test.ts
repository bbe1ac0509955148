/** A checkpoint on a plain file server: opened as from a disk, its weights fetched once, whatever the server does. */

import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CheckpointError, HubError } from "../errors.ts";
import { openCheckpoint } from "../weights/checkpoint.node.ts";
import type { Checkpoint } from "../weights/checkpoint.ts";
import { openCheckpointFolder } from "../weights/checkpoint-folder.ts";
import { status } from "./fake-hub.test-data.ts";
import { FileServer, filesOf } from "./file-server.test-data.ts";
import { memoryStore, type PieceStore } from "./piece-store.ts";
import { RemoteSource } from "./remote-source.ts";
import { RETRY } from "./retry.ts";
import { ServedFolder, type ServedFolderOptions } from "./served-folder.ts";

const FOLDER = fileURLToPath(new URL("../../test/golden/edit/checkpoint", import.meta.url));
const UNET = "models/tiny/unet/diffusion_pytorch_model.safetensors";
const retry = { ...RETRY, sleep: async () => {} };

let server: FileServer;
let store: PieceStore;
beforeEach(async () => {
  server = await FileServer.start(filesOf(FOLDER, "models/tiny/"));
  store = memoryStore();
});
afterEach(() => server.stop());

const source = (options: ServedFolderOptions = {}) =>
  new RemoteSource(new ServedFolder(server.url("models/tiny"), { retry, ...options }), {
    store,
    retry,
    pieceBytes: 2 ** 19,
  });
const listing = () =>
  [...filesOf(FOLDER)].map(([path, content]) => ({
    path,
    size: content.length,
    sha256: createHash("sha256").update(content).digest("hex"),
  }));

const bytesOf = async (blob: Blob | undefined) => new Uint8Array(await blob!.arrayBuffer());

/** What a checkpoint says, but not where it lies. */
function said({ modelIndex, components, scheduler, tokenizer, notes }: Checkpoint, keep: (path: string) => string) {
  const tensors = (each: Checkpoint["components"] extends ReadonlyMap<string, infer C> ? C : never) => ({
    ...each,
    tensors: [...each.tensors].map(([key, ref]) => [key, { ...ref, file: keep(ref.file) }]),
  });
  return {
    modelIndex,
    components: [...components.values()].map(tensors),
    scheduler,
    notes,
    has: tokenizer !== undefined,
  };
}

describe("a folder on a server", () => {
  it.each([
    ["guessed at", () => ({})],
    ["with its files listed", () => ({ files: listing() })],
  ])("%s is the checkpoint that it is on a disk, without fetching weights", async (_, options) => {
    const remote = await openCheckpointFolder(source(options()));
    const local = await openCheckpoint(FOLDER);
    const inFolder = (path: string) => path.replace(`${FOLDER}/`, "");
    expect(said(remote, (path) => path)).toEqual(said(local, inFolder));
    expect([...remote.tokenizer!.keys()]).toContain("tokenizer.json");
    for (const { range } of server.asked("GET", ".safetensors")) expect(range).toMatch(/^bytes=0-/);
    expect(server.asked("GET", ".safetensors").map(({ path }) => path)).toHaveLength(3);
    const absent = server.log.filter(({ path }) => !server.files.has(path));
    if ("files" in options()) expect([absent, server.asked("HEAD")]).toEqual([[], []]);
  });

  it("has contents that are fetched once, and asked about at the next visit", async () => {
    const paths = [UNET, "models/tiny/vae/diffusion_pytorch_model.safetensors"].map((path) => path.slice(12));
    const seen: { file: string; received: number; total: number }[] = [];
    await source().contents(paths, { onProgress: (progress) => seen.push(progress) });
    const total = paths.reduce((sum, path) => sum + server.files.get(`models/tiny/${path}`)!.length, 0);
    expect(seen.at(-1)).toMatchObject({ received: total, total });
    server.log.length = 0;

    const again = source();
    await openCheckpointFolder(again, { components: ["unet", "vae"] });
    const contents = await again.contents(paths, { onProgress: (progress) => seen.push(progress) });
    for (const path of paths)
      expect(server.files.get(`models/tiny/${path}`)!.equals(await bytesOf(contents.get(path)))).toBe(true);
    expect(server.asked("GET", ".safetensors")).toEqual([]);
    expect(server.asked("HEAD").map(({ path }) => path)).toEqual(paths.map((path) => `models/tiny/${path}`).toSorted());
    expect(again.notes).toEqual([]);
  });

  it("that has changed is fetched anew", async () => {
    await source().contents(["unet/config.json"]);
    const changed = Buffer.from('{"changed": true}');
    server.files.set("models/tiny/unet/config.json", changed);
    const contents = await source().contents(["unet/config.json"]);
    expect(await contents.get("unet/config.json")!.text()).toBe(changed.toString());
  });

  it("has the variant that is asked for, or the only one", async () => {
    const weights = server.files.get(UNET)!;
    const name = UNET.replace(".safetensors", ".fp16.safetensors");
    server.files.set(name, weights);
    const variant = async (options: ServedFolderOptions) =>
      (await openCheckpointFolder(source(options), options)).components.get("unet")!.variant;
    expect(await variant({ variant: "fp16" })).toBe("fp16");
    expect(await variant({})).toBeUndefined();
    server.files.delete(UNET);
    expect(await variant({})).toBe("fp16");
  });

  it("may have its weights in parts", async () => {
    const sharded = fileURLToPath(new URL("../../test/golden/edit-sweep", import.meta.url));
    const [index] = [...filesOf(sharded).keys()].filter((path) => /unet\/.*index.*\.json$/.test(path));
    const root = index!.split("/unet/")[0]!;
    const variant = /\.(fp16|bf16)\./.exec(index!)?.[1];
    for (const [path, content] of filesOf(`${sharded}/${root}`)) server.files.set(`parts/${path}`, content);
    const remote = new RemoteSource(new ServedFolder(server.url("parts/"), { retry, variant }), { store, retry });
    const there = await openCheckpointFolder(remote, { variant, components: ["unet"] });
    const here = await openCheckpoint(`${sharded}/${root}`, { variant, components: ["unet"] });
    const names = (checkpoint: Checkpoint) => [...checkpoint.components.get("unet")!.tensors.keys()];
    expect(names(there)).toEqual(names(here));
  });

  it("asks again while a server is busy", async () => {
    server.faults.set("models/tiny/model_index.json", [status(503, { "retry-after": "0" })]);
    await openCheckpointFolder(source());
    expect(server.asked("GET", "model_index.json")).toHaveLength(2);
  });
});

describe("a server that does not have what is wanted", () => {
  const opened = (options: ServedFolderOptions = {}) => openCheckpointFolder(source(options));

  it("has no folder", async () => {
    server.files.delete("models/tiny/model_index.json");
    await expect(opened()).rejects.toThrow(CheckpointError);
    await expect(opened()).rejects.toThrow(/models\/tiny\/: expected model_index\.json.*answered 404/);
  });

  it("has no weights, or no configuration", async () => {
    server.files.delete(UNET);
    await expect(opened()).rejects.toThrow(/unet: expected diffusion_pytorch_model\.safetensors, found no weights/);
    server.files.delete("models/tiny/unet/config.json");
    await expect(opened()).rejects.toThrow(/unet\/config\.json: .* answered 404/);
  });

  it("sends its own page in place of everything", async () => {
    server.page = "<!doctype html><title>Not here</title>";
    server.files.clear();
    await expect(opened()).rejects.toThrow(CheckpointError);
    await expect(opened()).rejects.toThrow(/model_index\.json: .* sent a web page in place of the file/);
  });

  it("sends its own page in place of the weights alone", async () => {
    server.page = "<!doctype html><title>Not here</title>";
    server.files.delete(UNET);
    await expect(opened()).rejects.toThrow(/diffusion_pytorch_model\.safetensors: .* sent a web page/);
  });

  it("has half of the weights", async () => {
    const whole = server.files.get(UNET)!;
    server.files.set(UNET, whole.subarray(0, whole.length / 2));
    await expect(opened()).rejects.toThrow(CheckpointError);
    await expect(opened()).rejects.toThrow(/diffusion_pytorch_model\.safetensors.*is it truncated\?/);
  });

  it("has other weights than it lists", async () => {
    const files = listing();
    const content = Buffer.from(server.files.get(UNET)!);
    content[content.length - 1] ^= 1;
    server.files.set(UNET, content);
    await expect(source({ files }).contents([UNET.slice(12)])).rejects.toThrow(/SHA-256/);
  });

  it("does not say how long a file is", async () => {
    server.lengths = false;
    await expect(opened()).rejects.toThrow(/model\.safetensors: the server does not say how long it is/);
  });

  it("is not there", async () => {
    const gone = source();
    await server.stop();
    const error = await openCheckpointFolder(gone).catch((error) => error);
    expect(error).toBeInstanceOf(HubError);
    expect(error).toMatchObject({ retryable: true });
    expect(error.message).toMatch(/the connection to 127\.0\.0\.1:\d+ failed/);
    server = await FileServer.start(new Map());
  });
});

it("a download that is given up stops all of it", async () => {
  const stop = new AbortController();
  const paths = [UNET.slice(12), "vae/diffusion_pytorch_model.safetensors"];
  const onProgress = () => stop.abort(new Error("enough"));
  await expect(source().contents(paths, { signal: stop.signal, onProgress })).rejects.toThrow("enough");
});
