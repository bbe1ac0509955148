/** What is refused, by the server or by us: damaged content, missing rights, secrets sent astray, names that leave the cache. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { UsageError } from "../errors.ts";
import { body, status } from "./fake-hub.test-data.ts";
import { BLOB, CONFIG, everything, FILES, HubFixture, ID, WEIGHTS } from "./hub-fixture.test-data.ts";

const fixture = new HubFixture();
const TOKEN = "hf_secret0123456789";

const flipped = body((rest) => {
  const copy = Buffer.from(rest);
  copy[7]! ^= 1;
  return copy;
});

describe("content that is not what the hub lists", () => {
  it.each([
    ["a large file", "model.safetensors", flipped, /model\.safetensors: .* the sha256 is not [0-9a-f]{64}/],
    ["a small file", "config.json", flipped, /config\.json: .* the git-sha1 is not [0-9a-f]{40}/],
    ["a longer file", "model.safetensors", body((rest) => Buffer.concat([rest, rest])), /it is larger than 300 kB/],
  ])("is not kept: %s", async (_name, path, fault, message) => {
    fixture.hub.addModel(ID, FILES);
    fixture.faults(path, fault);
    const error = await fixture.failure({ parallel: 1 });
    expect(error).toMatchObject({ retryable: false });
    expect(error.message).toMatch(message);
    expect(fixture.waits).toEqual([]);
    expect(fixture.blobs().filter((name) => name.includes("incomplete"))).toEqual([]);
    expect(existsSync(join(fixture.repository, "refs"))).toBe(false);
    fixture.expectComplete(await fixture.resolve());
  });

  it("is not kept after resuming either", async () => {
    fixture.hub.addModel(ID, FILES);
    fixture.leaveIncomplete(WEIGHTS.subarray(0, 1000));
    fixture.faults("model.safetensors", flipped, flipped);
    expect(await fixture.failure()).toMatchObject({ retryable: false });
    expect(fixture.ranges()).toEqual(["bytes=1000-", undefined]);
    expect(fixture.blobs()).not.toContain(`${BLOB}.incomplete`);
  });
});

describe("a token", () => {
  it("goes to the hub and not where the hub redirects to", async () => {
    fixture.hub.addModel(ID, FILES);
    fixture.expectComplete(await fixture.resolve({ token: TOKEN }));
    const sent = (server: string) =>
      fixture.hub.log.filter((entry) => entry.server === server).map((entry) => entry.headers.authorization);
    expect(new Set(sent("hub"))).toEqual(new Set([`Bearer ${TOKEN}`]));
    expect(sent("storage")).toEqual([undefined]);
  });

  it("is not sent when told so, and appears in no error", async () => {
    fixture.hub.addModel(ID, FILES);
    await fixture.resolve({ token: false });
    expect(fixture.hub.log.every((entry) => entry.headers.authorization === undefined)).toBe(true);
    fixture.hub.apiFaults.set("/revision/", [status(403, { "x-error-message": `bad token ${TOKEN}` })]);
    const error = await fixture.failure({ token: TOKEN, refresh: true });
    expect(error.message).toMatch(/bad token ….*The token from the token option was sent/);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(TOKEN);
    const broken = await fixture.resolve({ token: `${TOKEN} \n x` }).catch((error) => error);
    expect(broken).toBeInstanceOf(UsageError);
    expect(broken.message).not.toContain(TOKEN);
  });
});

describe("a refusal", () => {
  it.each([
    [401, { "x-error-code": "RepoNotFound" }, /no such model on 127.*private.*No token was sent.*local folder/],
    [401, { "x-error-code": "GatedRepo" }, /gated: accept its terms on its page at http.*HF_TOKEN, .*token/],
    [403, { "x-error-code": "GatedRepo" }, /gated/],
    [403, {}, /may not read it/],
    [404, {}, /no such model/],
    [404, { "x-error-code": "RevisionNotFound" }, /no such branch, tag or commit/],
    [418, { "x-error-message": "teapot" }, /org\/tiny@main: 127.*answered 418.*\(teapot\)/],
  ])("with %i %j says what to do and is final", async (code, headers, message) => {
    fixture.hub.apiFaults.set("/revision/", [status(code, headers)]);
    const error = await fixture.failure();
    expect(error).toMatchObject({ retryable: false, status: code });
    expect(error.message).toMatch(message);
    expect(fixture.hub.log).toHaveLength(1);
    expect(fixture.waits).toEqual([]);
  });

  it("of one file stops the others", async () => {
    fixture.hub.addModel(ID, FILES);
    fixture.faults("config.json", status(404, { "x-error-code": "EntryNotFound" }));
    expect((await fixture.failure()).message).toMatch(/config\.json: .*no such file at this revision/);
    expect(fixture.locks()).toEqual([]);
  });

  it("by a storage whose address has expired leads back to the hub for a fresh one", async () => {
    fixture.hub.addModel(ID, FILES);
    fixture.faults("model.safetensors", status(403));
    fixture.expectComplete(await fixture.resolve());
    expect(fixture.hub.log.filter((entry) => entry.path.includes("/resolve/"))).toHaveLength(3);
  });

  it.each([
    [429, { "retry-after": "7" }, 7000],
    [429, { "retry-after": "100000" }, 120_000],
    [503, {}, 375],
    [500, { "retry-after": "soon" }, 375],
  ])("with %i %j is waited out", async (code, headers, wait) => {
    fixture.hub.addModel(ID, FILES);
    fixture.hub.apiFaults.set("/tree/", [status(code, headers)]);
    fixture.faults("model.safetensors", status(code, headers));
    fixture.expectComplete(await fixture.resolve());
    expect(fixture.waits).toEqual([wait, wait]);
  });

  it("that does not pass is given up", async () => {
    fixture.hub.apiFaults.set("/revision/", Array(9).fill(status(502)));
    const error = await fixture.failure();
    expect(error).toMatchObject({ retryable: true, status: 502 });
    expect(fixture.waits).toEqual([375, 750, 1500, 3000]);
  });
});

describe("an answer that no hub gives", () => {
  it.each([
    ["no JSON", "<html>Please log in</html>"],
    ["another JSON", '{"sha": 5}'],
    ["a commit that is none", '{"sha": "../../../etc/passwd"}'],
  ])("is called so: %s", async (_name, text) => {
    fixture.hub.apiFaults.set("/revision/", [status(200, {}, text)]);
    const error = await fixture.failure();
    expect(error).toMatchObject({ retryable: false });
    expect(error.message).toMatch(/did not answer as a model hub does/);
    expect(error.message).toContain(JSON.stringify(text));
  });

  it.each(["../evil", "/etc/passwd", "a/../../evil", "..\\evil", "a//b", "a/./b", "C:evil", "a\0b", ""])(
    "writes nothing to %j",
    async (path) => {
      fixture.hub.addModel(ID, FILES);
      const listed = [{ type: "file", path, size: 3, oid: "a".repeat(40) }];
      fixture.hub.apiFaults.set("/tree/", [status(200, {}, JSON.stringify(listed))]);
      const error = await fixture.failure();
      expect(error).toMatchObject({ retryable: false });
      expect(error.message).toContain("no safe place in the cache");
      expect(fixture.hub.downloads()).toEqual([]);
      expect(existsSync(fixture.repository)).toBe(false);
    },
  );

  it("writes nothing under a hash that is none", async () => {
    fixture.hub.addModel(ID, FILES);
    const listed = [{ type: "file", path: "a", size: 3, oid: "../../../evil" }];
    fixture.hub.apiFaults.set("/tree/", [status(200, {}, JSON.stringify(listed))]);
    expect((await fixture.failure()).message).toMatch(/did not answer as a model hub does/);
  });

  it.each([
    ["for ever", (url: string) => `${url}/loop`, /more than 5 redirects/],
    ["to a file", () => "file:///etc/passwd", /cannot be followed/],
    ["to nothing", () => "http://", /cannot be followed/],
  ])("is not followed %s", async (_name, location, message) => {
    const redirect = status(302, { location: location(`${fixture.hub.endpoint}/api/models/${ID}/revision`) });
    fixture.hub.apiFaults.set("/revision", Array(9).fill(redirect));
    expect((await fixture.failure()).message).toMatch(message);
  });
});

describe("the network", () => {
  it("that does not reach the hub is tried again, then named", async () => {
    const error = await fixture.failure({ endpoint: "http://127.0.0.1:9" });
    expect(error).toMatchObject({ retryable: true });
    expect(error.message).toMatch(/org\/tiny@main: the connection to 127\.0\.0\.1:9 failed \(.+\) \(tried 5 times\)/);
    expect(fixture.waits).toHaveLength(4);
  });

  it("may fail when the cache has something usable", async () => {
    fixture.hub.addModel(ID, FILES);
    const folder = await fixture.resolve();
    const files = (paths: readonly string[]) => ({ ...everything(paths, {}), compromises: ["has no fp16 weights"] });
    expect(await fixture.resolve({ endpoint: "http://127.0.0.1:9", files })).toBe(folder);
    expect(await fixture.failure({ endpoint: "http://127.0.0.1:9", files, refresh: true })).toBeInstanceOf(Error);
  });

  it("whose certificate is not trusted is not tried again", async () => {
    const cause = Object.assign(new Error("expired"), { code: "CERT_HAS_EXPIRED" });
    const refusing = async () => Promise.reject(new TypeError("fetch failed", { cause }));
    const error = await fixture.failure({ fetch: refusing });
    expect(error).toMatchObject({ retryable: false });
    expect(error.message).toContain("CERT_HAS_EXPIRED");
  });

  it("is not asked offline", async () => {
    fixture.hub.addModel(ID, FILES);
    const error = await fixture.failure({ offline: true });
    expect(error).toMatchObject({ retryable: false });
    expect(error.message).toBe(
      `org/tiny@main: offline, and in the cache ${fixture.cacheDir} it is not there. With a connection, run: ip2p pull org/tiny@main`,
    );
    expect(fixture.hub.log).toEqual([]);
  });
});

describe("a model", () => {
  it("without what an edit needs is named with what it lacks", async () => {
    fixture.hub.addModel(ID, {
      "unet/config.json": "{}",
      "unet/diffusion_pytorch_model.bin": "x",
      "all.safetensors": "y",
    });
    const { message } = await fixture.failure({ files: undefined });
    expect(message).toMatch(/it lacks model_index\.json, .*unet\/diffusion_pytorch_model\.safetensors \(only /);
    expect(message).toMatch(/It has all\.safetensors: download one and pass its path$/);
    expect(fixture.hub.downloads()).toEqual([]);
  });

  it("on this machine is left where it is", async () => {
    expect(await fixture.resolve({}, fixture.cacheDir)).toBe(fixture.cacheDir);
    expect(fixture.hub.log).toEqual([]);
  });

  it("does not go onto a disk that is too small for it", async () => {
    fixture.hub.addModel(ID, FILES);
    const listed = [{ type: "file", path: "a", size: Number.MAX_SAFE_INTEGER, oid: "a".repeat(40) }];
    fixture.hub.apiFaults.set("/tree/", [status(200, {}, JSON.stringify(listed))]);
    const { message } = await fixture.failure();
    expect(message).toMatch(/needs 9007 TB, but the disk of .* has .* left\. Free some, or set HF_HUB_CACHE/);
    expect(fixture.hub.downloads()).toEqual([]);
  });

  it("cannot be put where nothing can be written", async () => {
    fixture.hub.addModel(ID, FILES);
    const folder = await fixture.resolve();
    const blocked = join(folder, "config.json");
    const { message } = await fixture.failure({ cacheDir: blocked });
    expect(message).toMatch(/cannot write to the cache .*config\.json \(ENOTDIR\): set HF_HUB_CACHE/);
    expect(readFileSync(blocked, "utf8")).toBe(CONFIG);
  });

  it("cannot be downloaded by no worker", async () => {
    await expect(fixture.resolve({ parallel: 0 })).rejects.toThrow(UsageError);
  });
});
