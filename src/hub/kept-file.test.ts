/** Downloads in pieces over a line that breaks, stalls and lies, into stores that are full, damaged or shared. */

import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HubError } from "../errors.ts";
import { body, drop, hang, status, withEtag } from "./fake-hub.test-data.ts";
import { FileServer } from "./file-server.test-data.ts";
import { findKept, type KeepOptions, keepFile, keyOf, type ServedFile } from "./kept-file.ts";
import { memoryStore, type PieceStore } from "./piece-store.ts";
import { RETRY } from "./retry.ts";

const CONTENT = Buffer.from(Uint8Array.from({ length: 1000 }, (_, i) => (i * 31 + (i >> 8)) % 256));
const PATH = "unet/weights.safetensors";
const SHA256 = createHash("sha256").update(CONTENT).digest("hex");
const PIECE = 300;

let server: FileServer;
let store: PieceStore;
beforeEach(async () => {
  server = await FileServer.start(new Map([[PATH, CONTENT]]));
  store = memoryStore();
});
afterEach(() => server.stop());

const file = (changes: Partial<ServedFile> = {}): ServedFile => ({
  name: "weights",
  url: server.url(PATH),
  size: CONTENT.length,
  version: "1",
  versioned: false,
  sha256: SHA256,
  ...changes,
});
const options = (changes: Partial<KeepOptions> = {}): KeepOptions => ({
  store,
  pieceBytes: PIECE,
  retry: { ...RETRY, sleep: async () => {} },
  ...changes,
});
const bytes = async (blob: Blob | undefined) => blob && Buffer.from(await blob.arrayBuffer());
const ranges = () => server.asked("GET").map(({ range }) => range);
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error) => error,
  );

describe("a file", () => {
  it("comes once, in pieces, and says how far it is", async () => {
    const seen: number[] = [];
    const first = await keepFile(file(), options({ onBytes: (received) => seen.push(received) }));
    expect(first.kept).toBe(true);
    expect(await bytes(first.content)).toEqual(CONTENT);
    expect([seen[0], seen.at(-1)]).toEqual([0, CONTENT.length]);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(await bytes(await findKept(file(), store))).toEqual(CONTENT);
    expect(await bytes((await keepFile(file(), options())).content)).toEqual(CONTENT);
    expect(ranges()).toEqual(["bytes=0-"]);
  });

  it("is fetched once when it is wanted twice at a time", async () => {
    const both = await Promise.all([keepFile(file(), options()), keepFile(file(), options())]);
    for (const { content } of both) expect(await bytes(content)).toEqual(CONTENT);
    expect(ranges()).toHaveLength(1);
  });

  it("goes on where the line broke, to the byte", async () => {
    server.faults.set(PATH, [drop(370), drop(5)]);
    const { content } = await keepFile(file(), options());
    expect(await bytes(content)).toEqual(CONTENT);
    expect(ranges()).toEqual(["bytes=0-", "bytes=370-", "bytes=375-"]);
  });

  it("goes on where the line fell silent", async () => {
    server.faults.set(PATH, [hang(370)]);
    const { content } = await keepFile(file(), options({ stallMs: 200 }));
    expect(await bytes(content)).toEqual(CONTENT);
    expect(ranges()).toEqual(["bytes=0-", "bytes=370-"]);
  });

  it("goes on at the next visit from the last whole piece", async () => {
    const stop = new AbortController();
    server.faults.set(PATH, [hang(700)]);
    const onBytes = (received: number) => received === 700 && stop.abort(new Error("enough"));
    await expect(keepFile(file(), options({ signal: stop.signal, onBytes }))).rejects.toThrow("enough");
    expect(await findKept(file(), store)).toBeUndefined();
    const { content } = await keepFile(file(), options({ pieceBytes: 512 }));
    expect(await bytes(content)).toEqual(CONTENT);
    expect(ranges()).toEqual(["bytes=0-", `bytes=${2 * PIECE}-`]);
  });

  it("goes on although the server knows no ranges", async () => {
    server.ranges = false;
    server.faults.set(PATH, [drop(370)]);
    expect(await bytes((await keepFile(file(), options())).content)).toEqual(CONTENT);
    expect(ranges()).toHaveLength(2);
  });

  it("of another version takes the place of the one before", async () => {
    await keepFile(file(), options());
    const other = Buffer.from(CONTENT.toReversed());
    server.files.set(PATH, other);
    const next = file({ version: "2", sha256: createHash("sha256").update(other).digest("hex") });
    expect(await findKept(next, store)).toBeUndefined();
    expect(await bytes((await keepFile(next, options())).content)).toEqual(other);
    expect(await findKept(file(), store)).toBeUndefined();
  });

  it("is there, but not the next time, where there is no room", async () => {
    const full: PieceStore = {
      ...store,
      put: (key, piece, content) =>
        piece === "1" ? Promise.reject(new Error("full")) : store.put(key, piece, content),
    };
    const { content, kept } = await keepFile(file(), options({ store: full }));
    expect(kept).toBe(false);
    expect(await bytes(content)).toEqual(CONTENT);
    await keepFile(file(), options());
    expect(ranges()).toEqual(["bytes=0-", `bytes=${PIECE}-`]);
  });

  it("without a hash is held to its length", async () => {
    const { content } = await keepFile(file({ sha256: undefined }), options());
    expect(await bytes(content)).toEqual(CONTENT);
  });
});

describe("what is not the file that was asked for", () => {
  const nothingKept = async () => expect(await store.files()).toEqual([]);

  it("by its hash is refused and not kept", async () => {
    server.files.set(PATH, Buffer.from(CONTENT.toReversed()));
    const error = await failure(keepFile(file(), options()));
    expect(error).toBeInstanceOf(HubError);
    expect(error.message).toMatch(/weights: what arrived is not the file.*SHA-256/);
    await nothingKept();
  });

  it("by its hash is refused also when a kept piece is what is wrong", async () => {
    server.faults.set(PATH, [drop(370), status(403)]);
    await failure(keepFile(file(), options()));
    await store.put(keyOf(server.url(PATH)), "0", new Blob([new Uint8Array(PIECE)]));
    await expect(keepFile(file(), options())).rejects.toThrow(/SHA-256/);
    await nothingKept();
    expect(await bytes((await keepFile(file(), options())).content)).toEqual(CONTENT);
  });

  it("by its length is refused and not kept", async () => {
    server.faults.set(PATH, [body((rest) => Buffer.concat([rest, rest]))]);
    await expect(keepFile(file(), options())).rejects.toThrow(/longer than its 1000 bytes/);
    await nothingKept();
  });

  it("by its version, because it was changed meanwhile, is refused and not kept", async () => {
    const etag = `"${createHash("sha1").update(CONTENT).digest("hex")}"`;
    server.faults.set(PATH, [drop(400), withEtag('"other"')]);
    const versioned = file({ version: etag, versioned: true });
    await expect(keepFile(versioned, options())).rejects.toThrow(/changed on the server/);
    await nothingKept();
  });

  it("because it ends too early is asked for again, and given up at last", async () => {
    server.faults.set(PATH, [body((rest) => rest.subarray(0, 400)), ...Array(9).fill(body(() => Buffer.alloc(0)))]);
    const error = await failure(keepFile(file(), options({ retry: { ...RETRY, attempts: 3, sleep: async () => {} } })));
    expect(error).toMatchObject({ retryable: true });
    expect(error.message).toMatch(/ended after 400 of 1000 bytes \(tried 3 times\)/);
  });

  it("because it is gone is given up at once", async () => {
    server.files.delete(PATH);
    const error = await failure(keepFile(file(), options()));
    expect(error).toMatchObject({ retryable: false, status: 404 });
    expect(error.message).toMatch(/weights: 127\.0\.0\.1:\d+ answered 404/);
    expect(ranges()).toHaveLength(1);
  });

  it("because it is private says what may help", async () => {
    server.faults.set(PATH, [status(401, { "x-error-message": "Restricted" })]);
    await expect(keepFile(file(), options())).rejects.toThrow(/401 Unauthorized \(Restricted\)\. It may want .*token/);
  });
});
