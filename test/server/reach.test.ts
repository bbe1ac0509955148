/** What a request can reach: no file by its path, no address, no model or code that was not there from the start. */

import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { dataUrl, onSocket, picture, startTestServer, temporaryFolder } from "../../src/server/server.test-data.ts";
import { type Answer, raw } from "./requests.ts";

describe("paths", () => {
  const TRAVERSALS = [
    ...["../journal.jsonl", "..%2fjournal.jsonl", "%2e%2e/journal.jsonl", "..\\journal.jsonl", "..%5cjournal.jsonl"],
    ...[
      "%2e%2e%2fjournal.jsonl",
      "....//journal.jsonl",
      "/etc/passwd",
      "%2fetc%2fpasswd",
      "C:%5cWindows%5cwin.ini",
      "..%00.png",
    ],
    ...["..%c0%afjournal.jsonl", "%252e%252e%252fjournal.jsonl", "journal.jsonl", ".", "..", "lock"],
  ];

  it.each(TRAVERSALS)("%s leads nowhere", async (path) => {
    const folder = temporaryFolder();
    const server = await startTestServer({ folder });
    const address = await onSocket(server);
    const { library } = server.context;
    const { id } = await library.addPicture(await picture(), { width: 24, height: 16 });
    const places = [
      "/",
      "/assets/",
      "/api/v1/images/",
      `/api/v1/images/${id.slice(0, 2)}/`,
      "/models/",
      "/v1/models/",
      "/api/v1/sessions/",
    ];
    for (const place of places) {
      const answer = await raw(address, `GET ${place}${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1.1 (4\d\d|200 OK\r\n[\s\S]*The server is running)/);
      expect(answer).not.toMatch(/root:|"table"|for 16-bit/);
    }
  });

  it("of the studio are those of its files, and of nothing beside them", async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "studio/assets"), { recursive: true });
    writeFileSync(join(folder, "secret.txt"), "secret");
    writeFileSync(join(folder, "studio/index.html"), "<!doctype html>studio");
    writeFileSync(join(folder, "studio/assets/main-abcdef12.js"), "studio()");
    symlinkSync(join(folder, "secret.txt"), join(folder, "studio/link.txt"));
    const server = await startTestServer({ studio: join(folder, "studio") });
    const page = await server.send("/");
    expect([page.headers.get("content-type"), await page.text()]).toEqual([
      "text/html; charset=utf-8",
      "<!doctype html>studio",
    ]);
    expect(page.headers.get("content-security-policy")).toMatch(
      /^default-src 'self'; script-src 'self' 'wasm-unsafe-eval';/,
    );
    const script = await server.send("/assets/main-abcdef12.js");
    expect([script.headers.get("content-type"), script.headers.get("cache-control")]).toEqual([
      "text/javascript; charset=utf-8",
      "public, max-age=31536000, immutable",
    ]);
    for (const path of [
      "/../secret.txt",
      "/%2e%2e/secret.txt",
      "/assets/../../secret.txt",
      "/assets",
      "/studio/index.html",
      "/link.txt",
    ]) {
      expect(await (await server.send(path)).text()).not.toBe("secret");
      expect((await server.send(path)).status).toBe(404);
    }
  });

  it("of this machine are neither taken from a client nor told to one", async () => {
    const server = await startTestServer();
    for (const image of ["/etc/passwd", "file:///etc/passwd", "../pictures", "C:\\Windows\\win.ini", server.folder]) {
      const response = await server.send("/api/v1/edits", { json: { image, prompt: "a" } });
      expect(response.status).toBe(400);
      expect(await response.text()).not.toContain(server.folder);
    }
    const crash: Answer = await server.ask("/api/v1/edits", {
      json: { image: dataUrl(await picture()), prompt: "crash", steps: 1 },
      headers: { prefer: "wait=20" },
    });
    expect(JSON.stringify(crash)).not.toMatch(/home|safetensors|at .*\.ts/);
    const document: Answer = await server.ask("/openapi.json");
    const asked = JSON.stringify(document, (key, value) =>
      key === "responses" || key === "components" ? undefined : value,
    );
    const names = [...asked.matchAll(/"(\w+)":\{[^{}]*"type":/g)].map(([, name]) => name!);
    expect(names).toContain("prompt");
    expect(names.filter((name) => /path|folder|dir(ectory)?$|filename/i.test(name))).toEqual([]);
  });
});

describe("addresses in requests (SSRF)", () => {
  it("are never fetched", async () => {
    let hits = 0;
    const canary = createServer((socket) => {
      hits++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => canary.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void canary.close());
    const { port } = canary.address() as { port: number };
    const server = await startTestServer();
    const hosts = ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f000001"];
    const addresses = hosts.flatMap((host) => [
      `http://${host}:${port}/a.png`,
      `HTTP://${host}:${port}/a.png`,
      `ftp://${host}:${port}/a`,
      `//${host}:${port}/a.png`,
    ]);
    for (const address of addresses) {
      const requests: [string, object][] = [
        ["/api/v1/edits", { image: address, prompt: "a" }],
        ["/api/v1/edits", { image: dataUrl(await picture()), mask: address, prompt: "a" }],
        ["/api/v1/images", { image: address }],
        ["/v1/images/edits", { images: [{ image_url: address }], prompt: "a" }],
        ["/hf", { inputs: address, parameters: { prompt: "a" } }],
        ["/sdapi/v1/img2img", { init_images: [address], prompt: "a" }],
        ["/sdapi/v1/png-info", { image: address }],
      ];
      for (const [path, json] of requests) expect((await server.send(path, { json })).status).toBe(400);
    }
    expect(hits).toBe(0);
  });
});

describe("what cannot be reached over HTTP at all", () => {
  it("is loading a model that was not named at the start, code in any form, or a way to the outside", async () => {
    const server = await startTestServer();
    for (const model of ["evil/model", "/tmp/evil.ckpt", "../evil.pt", "http://127.0.0.1/x"]) {
      const json = { image: dataUrl(await picture()), prompt: "a", model };
      expect((await server.send("/api/v1/edits", { json })).status).toBe(404);
      expect((await server.send("/api/v1/models/load", { json: { model } })).status).toBe(404);
      expect((await server.send("/sdapi/v1/options", { json: { sd_model_checkpoint: model } })).status).toBe(404);
      expect(
        (
          await server.send(`/models/${encodeURIComponent(model)}`, {
            json: { inputs: "x", parameters: { prompt: "a" } },
          })
        ).status,
      ).toBe(404);
    }
    const { paths }: Answer = await server.ask("/openapi.json");
    expect(
      Object.keys(paths).filter((path) =>
        /share|tunnel|install|plugin|extension|script|eval|exec|shell|proxy/.test(path),
      ),
    ).toEqual([]);
  });
});
