/**
 * What has gone wrong in servers of this kind, a test for each: who may ask, what may be named, what may be sent, and
 * what may come back. Over a socket where the socket matters.
 */

import { readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";
import { describe, expect, it, onTestFinished } from "vitest";
import { writePngText } from "../../src/image/png-metadata.ts";
import { listen } from "../../src/server/listen.ts";
import { startServer } from "../../src/server/serve.ts";
import {
  dataUrl,
  eventually,
  onSocket,
  picture,
  startTestServer,
  type TestServer,
  temporaryFolder,
} from "../../src/server/server.test-data.ts";
import { serverOptions } from "./processes.ts";

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers as they came
type Answer = any;

async function codeOf(response: Response): Promise<[status: number, code: string]> {
  return [response.status, ((await response.json()) as Answer).error.code];
}

/** Sends text as it is; gives everything that comes back until the server closes. */
async function raw(address: string, text: string): Promise<string> {
  const { hostname, port } = new URL(address);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(text));
    let answer = "";
    socket.setEncoding("latin1").on("data", (chunk) => {
      answer += chunk;
    });
    socket.on("error", reject).on("close", () => resolve(answer));
  });
}

async function edit(server: TestServer, headers: Record<string, string> = {}): Promise<Response> {
  return server.send("/api/v1/edits", { json: { image: dataUrl(await picture()), prompt: "a", steps: 1 }, headers });
}

describe("a name that a page pointed at this machine (DNS rebinding)", () => {
  it.each(["localhost", "localhost:7860", "127.0.0.1:7860", "[::1]:7860", "LOCALHOST:1"])(
    "%s is ours",
    async (host) => {
      const server = await startTestServer();
      expect((await server.send("/api/v1/models", { headers: { host } })).status).toBe(200);
    },
  );

  it.each([
    ...[
      "evil.example",
      "evil.example:7860",
      "localhost.evil.example",
      "localhost:7860.evil.example",
      "127.0.0.1.evil.example",
    ],
    ...[
      "xlocalhost",
      "user@localhost",
      "localhost:7860@evil.example",
      "localhost/..",
      "[::1]evil",
      "192.168.1.5:7860",
      "[::2]",
    ],
  ])("%s is refused, whatever is asked", async (host) => {
    const server = await startTestServer({ allowedHosts: ["studio.lan"] });
    for (const path of ["/", "/healthz", "/api/v1/models", "/v1/models", "/sdapi/v1/options", "/metrics"]) {
      expect((await server.send(path, { headers: { host } })).status).toBe(403);
    }
    expect((await server.send("/api/v1/models", { headers: { host: "studio.lan:7860" } })).status).toBe(200);
  });

  it("no header at all is refused too, and so is one that came twice", async () => {
    const server = await startTestServer();
    const address = await onSocket(server);
    expect(await raw(address, "GET /api/v1/models HTTP/1.0\r\n\r\n")).toMatch(/^HTTP\/1.1 4(00|03)/);
    const twice = await raw(
      address,
      "GET /api/v1/models HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    );
    expect(twice).toMatch(/^HTTP\/1.1 4/);
    const absolute = "GET http://localhost/api/v1/models HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
    expect(await raw(address, absolute)).toMatch(/^HTTP\/1.1 403/);
  });

  it("an address in figures is answered to only where others are meant to reach it", async () => {
    const lan = await startTestServer({ host: "0.0.0.0", key: "secret" });
    const headers = { authorization: "Bearer secret" };
    expect((await lan.send("/api/v1/models", { headers: { ...headers, host: "192.168.1.5:7860" } })).status).toBe(200);
    expect((await lan.send("/api/v1/models", { headers: { ...headers, host: "evil.example" } })).status).toBe(403);
  });
});

describe("a page of somebody else's (CSRF)", () => {
  const own = "http://127.0.0.1:7860";
  const matrix: [site: string | undefined, origin: string | undefined, allowed: boolean][] = [
    [undefined, undefined, true],
    ["same-origin", own, true],
    ["none", undefined, true],
    [undefined, own, true],
    ["cross-site", "https://evil.example", false],
    ["same-site", "http://other.localhost:7860", false],
    [undefined, "https://evil.example", false],
    [undefined, "null", false],
    ["cross-site", "null", false],
    [undefined, "http://127.0.0.1:7861", false],
    [undefined, "http://127.0.0.1:7860.evil.example", false],
    [undefined, "http://localhost:7860", false],
    ["cross-site", own, false],
    ["cross-site", undefined, false],
    [undefined, "file://", false],
  ];

  it.each(matrix)("Sec-Fetch-Site %s, Origin %s: %s", async (site, origin, allowed) => {
    const server = await startTestServer();
    const headers = { ...(site && { "sec-fetch-site": site }), ...(origin && { origin }) };
    const form = new FormData();
    form.append("prompt", "a");
    form.append("image", new Blob([await picture()]), "a.png");
    const answers = await Promise.all([
      edit(server, headers),
      server.send("/v1/images/edits", { method: "POST", body: form, headers }),
      server.send("/sdapi/v1/interrupt", { method: "POST", headers }),
      server.send("/api/v1/queue/clear", { json: {}, headers }),
    ]);
    expect(answers.map(({ status }) => status !== 403)).toEqual(Array(4).fill(allowed));
    expect((await server.send("/api/v1/edits", { headers })).status).toBe(200);
  });

  it("cannot pass JSON off as a plain form either", async () => {
    const server = await startTestServer();
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonx"]) {
      const body = JSON.stringify({ image: dataUrl(await picture()), prompt: "a" });
      const response = await server.send("/api/v1/edits", { method: "POST", body, headers: { "content-type": type } });
      expect(await codeOf(response)).toEqual([415, "unsupported_media_type"]);
    }
  });

  it("cannot read answers: no origin is named back, but those that were allowed, and those without credentials", async () => {
    const server = await startTestServer({ allowedOrigins: ["https://friend.example"] });
    const asked = async (origin: string, method = "GET") => {
      const { status, headers } = await server.send("/api/v1/models", { method, headers: { origin } });
      return {
        status,
        origin: headers.get("access-control-allow-origin"),
        credentials: headers.get("access-control-allow-credentials"),
      };
    };
    expect(await asked("https://evil.example")).toEqual({ status: 200, origin: null, credentials: null });
    expect(await asked("https://evil.example", "OPTIONS")).toMatchObject({ status: 404, origin: null });
    expect(await asked("null")).toMatchObject({ origin: null });
    expect(await asked("https://friend.example")).toEqual({
      status: 200,
      origin: "https://friend.example",
      credentials: null,
    });
    expect(await asked("https://friend.example", "OPTIONS")).toMatchObject({
      status: 204,
      origin: "https://friend.example",
    });
    expect((await edit(server, { origin: "https://friend.example", "sec-fetch-site": "cross-site" })).status).toBe(202);
  });
});

describe("the key", () => {
  it("is asked for everywhere but at the door, and compared whole", async () => {
    const server = await startTestServer({ key: "a long secret" });
    const document: Answer = await server.ask("/openapi.json", { headers: { authorization: "Bearer a long secret" } });
    for (const [path, operations] of Object.entries<object>(document.paths)) {
      for (const method of Object.keys(operations)) {
        const response = await server.send(path.replace(/\{\w+\}/g, "x"), { method: method.toUpperCase() });
        expect([path, method, response.status === 401]).toEqual([path, method, path !== "/api/v1/login"]);
      }
    }
    expect((await server.send("/healthz")).status).toBe(200);
    expect((await server.send("/")).status).toBe(200);
    expect((await server.send("/metrics")).status).toBe(401);
    for (const wrong of ["a long secre", "a long secret ", "", "A long secret", "a long secretx"]) {
      const headers = { authorization: `Bearer ${wrong}` };
      expect((await server.send("/api/v1/models", { headers })).status).toBe(
        wrong.trim() === "a long secret" ? 200 : 401,
      );
    }
    const basic = { authorization: `Basic ${Buffer.from("anyone:a long secret").toString("base64")}` };
    expect((await server.send("/api/v1/models", { headers: basic })).status).toBe(200);
  });

  it("is compared by digests of one length, in constant time", () => {
    const source = readFileSync(new URL("../../src/server/security/keys.ts", import.meta.url), "utf8");
    expect(source.match(/timingSafeEqual\(digest\(/g)).toHaveLength(1);
    expect(source).not.toMatch(/#key ===? (?!undefined)|=== this\.#key/);
  });

  it("or a token that works once logs a browser in, with a cookie that no script and no other page has", async () => {
    const server = await startTestServer({ key: "secret" });
    const token = server.keys.oneTimeToken();
    const logIn = (secret: string) => server.send("/api/v1/login", { json: { secret } });
    expect((await logIn("guess")).status).toBe(401);
    const first = await logIn(token);
    const cookie = first.headers.get("set-cookie")!;
    expect([first.status, cookie]).toEqual([
      204,
      expect.stringMatching(/^ip2p=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/),
    ]);
    expect((await logIn(token)).status).toBe(401);
    const headers = { cookie: `theme=dark; ${cookie.split(";")[0]}` };
    expect((await server.send("/api/v1/models", { headers })).status).toBe(200);
    expect((await server.send("/api/v1/models", { headers: { cookie: "ip2p=guess" } })).status).toBe(401);
    expect((await logIn("secret")).status).toBe(204);
  });

  it("is needed to listen to others; on loopback it is not", async () => {
    for (const host of ["0.0.0.0", "::", "192.168.1.5", "example.org"]) {
      await expect(startServer({ ...serverOptions(temporaryFolder()), host })).rejects.toThrow(
        /IP2P_API_KEY.*--insecure/,
      );
    }
    for (const options of [{}, { host: "0.0.0.0", insecure: true }, { host: "0.0.0.0", key: "secret" }]) {
      const server = await startServer({ ...serverOptions(temporaryFolder()), ...options });
      expect(server.token === undefined).toBe(!("key" in options));
      await server.close();
    }
  });
});

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
    const { mkdirSync, writeFileSync, symlinkSync } = await import("node:fs");
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

describe("what is uploaded", () => {
  it("is never served as it came: markup is refused, and what hides behind a picture is gone (stored XSS)", async () => {
    const server = await startTestServer();
    const script = "<script>alert(document.domain)</script>";
    const upload = (body: Uint8Array<ArrayBuffer>, type: string) =>
      server.send("/api/v1/images", { method: "POST", body, headers: { "content-type": type } });
    const bytes = (text: string) => new TextEncoder().encode(text);
    expect((await upload(bytes(`<html>${script}</html>`), "text/html")).status).toBe(415);
    expect((await upload(bytes(`<html>${script}</html>`), "image/png")).status).toBe(400);
    expect(
      (await upload(bytes(`<svg xmlns="http://www.w3.org/2000/svg">${script}</svg>`), "image/svg+xml")).status,
    ).toBe(400);

    const texts = writePngText(
      await picture(),
      new Map([
        ["Comment", script],
        ["parameters", script],
      ]),
    );
    const polyglot = new Uint8Array(Buffer.concat([texts, bytes(script)]));
    const gif = new Uint8Array(
      Buffer.concat([
        await sharp(await picture())
          .gif()
          .toBuffer(),
        bytes(script),
      ]),
    );
    for (const body of [polyglot, gif]) {
      const { url }: Answer = await (await upload(body, "image/png")).json();
      const file = await server.send(url);
      expect(Buffer.from(await file.arrayBuffer()).includes("script")).toBe(false);
      expect(Object.fromEntries(file.headers)).toMatchObject({
        "content-type": "image/png",
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
        "cross-origin-resource-policy": "same-origin",
        "referrer-policy": "no-referrer",
      });
    }
  });

  it("is measured by its header before a pixel is decoded (decompression bomb)", async () => {
    const server = await startTestServer();
    const before = process.memoryUsage.rss();
    for (const [width, height] of [
      [30_000, 30_000],
      [16_385, 1],
      [8000, 8000],
      [2 ** 31 - 1, 2 ** 31 - 1],
    ]) {
      const body = bomb(width, height);
      expect(body.length).toBeLessThan(2000);
      const response = await server.send("/api/v1/images", {
        method: "POST",
        body,
        headers: { "content-type": "image/png" },
      });
      const [status] = await codeOf(response);
      expect([400, 413]).toContain(status);
    }
    expect(process.memoryUsage.rss() - before).toBeLessThan(150e6);
    const text = writePngTextBomb(await picture());
    const { made }: Answer = await server.ask("/api/v1/images", {
      method: "POST",
      body: text,
      headers: { "content-type": "image/png" },
    });
    expect(made).toBe(null);
  });

  it("fits in its limits: bytes of a body, of all bodies, parts, a part's header, a boundary, nesting", async () => {
    const limits = { bodyBytes: 50_000, bodiesBytes: 60_000 };
    const server = await startTestServer({ limits });
    const multipart = (body: string, boundary = "x") =>
      server.send("/api/v1/edits", {
        method: "POST",
        body,
        headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
      });
    const part = (name: string, text = "", header = "") =>
      `--x\r\n${header}Content-Disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`;
    expect(await codeOf(await multipart(`${part("prompt", "a".repeat(60_000))}--x--`))).toEqual([
      413,
      "body_too_large",
    ]);
    expect(
      await codeOf(await multipart(`${Array.from({ length: 49 }, (_, i) => part(`f${i}`)).join("")}--x--`)),
    ).toEqual([400, "malformed_multipart"]);
    expect(await codeOf(await multipart(`${part("prompt", "a", `X: ${"y".repeat(9000)}\r\n`)}--x--`))).toEqual([
      400,
      "malformed_multipart",
    ]);
    expect(await codeOf(await multipart("--x--", "b".repeat(71)))).toEqual([400, "malformed_multipart"]);
    expect(await codeOf(await multipart(part("prompt", "a")))).toEqual([400, "malformed_multipart"]);
    expect(
      await codeOf(
        await server.send("/api/v1/edits", {
          method: "POST",
          body: "[".repeat(20_000),
          headers: { "content-type": "application/json" },
        }),
      ),
    ).toEqual([400, "malformed_json"]);
    const deep = `{"a":${"[".repeat(5000)}${"]".repeat(5000)}}`;
    expect(
      await codeOf(
        await server.send("/api/v1/edits", {
          method: "POST",
          body: deep,
          headers: { "content-type": "application/json" },
        }),
      ),
    ).toEqual([400, "malformed_json"]);
    const stuck = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(10_000)) });
    const endless = {
      method: "POST",
      body: stuck,
      duplex: "half",
      headers: { "content-type": "image/png" },
    } as RequestInit;
    expect(await codeOf(await server.send("/api/v1/images", endless))).toEqual([413, "body_too_large"]);
    expect(server.context.bodies.held).toBe(0);
    const open: ReadableStreamDefaultController[] = [];
    const half = () =>
      new ReadableStream({
        start: (controller) => {
          controller.enqueue(new Uint8Array(40_000));
          open.push(controller);
        },
      });
    const held = server.send("/api/v1/images", { ...endless, body: half() });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await codeOf(await server.send("/api/v1/images", { ...endless, body: half() }))).toEqual([
      429,
      "uploads_busy",
    ]);
    open[0].close();
    expect((await held).status).toBe(400);
  });

  it("does not name properties that objects have by themselves", async () => {
    const server = await startTestServer();
    for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
      const form = new FormData();
      form.append(name, "x");
      const multipart = await server.send("/api/v1/edits", { method: "POST", body: form });
      expect(await codeOf(multipart)).toEqual([400, "unknown_parameter"]);
      const json = await server.send("/api/v1/edits", {
        method: "POST",
        body: `{"${name}":{"steps":1}}`,
        headers: { "content-type": "application/json" },
      });
      expect(await codeOf(json)).toEqual([400, "unknown_parameter"]);
    }
    expect(({} as Answer).steps).toBeUndefined();
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

describe("slow clients", () => {
  it("are let go when a header or a body does not come (slow loris), others are served meanwhile", async () => {
    const server = await startTestServer({ limits: { headerSeconds: 1, requestSeconds: 2 } });
    const address = await onSocket(server);
    const slow = Promise.all([
      ...Array.from({ length: 20 }, () => raw(address, "GET /healthz HTTP/1.1\r\nHost: local")),
      ...Array.from({ length: 20 }, () =>
        raw(
          address,
          "POST /api/v1/edits HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
        ),
      ),
    ]);
    expect((await fetch(`${address}/healthz`)).status).toBe(200);
    const answers = await slow;
    expect(answers.filter((answer) => !/^HTTP\/1.1 408/.test(answer))).toEqual([]);
  });

  it("that do not read their answer are let go, and hold nothing", async () => {
    const { app, context } = await startTestServer({ limits: { stalledSeconds: 1 } });
    const listening = await listen(app, { host: "127.0.0.1", port: 0, limits: context.limits });
    onTestFinished(() => listening.close());
    const noise = new Uint8Array(4000 * 2000 * 3);
    for (let i = 0; i < noise.length; i += 65_536) crypto.getRandomValues(noise.subarray(i, i + 65_536));
    const raw = { width: 4000, height: 2000, channels: 3 as const };
    const png = new Uint8Array(await sharp(noise, { raw }).png({ compressionLevel: 1 }).toBuffer());
    const { id } = await context.library.addPicture(png, raw);
    const socket = connect(listening.port, "127.0.0.1");
    socket.on("error", () => {}).pause();
    socket.write(`GET /api/v1/images/${id} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await eventually(listening.connections, (count) => count === 1);
    await eventually(listening.connections, (count) => count === 0);
    let received = 0;
    socket.on("data", (chunk) => {
      received += chunk.length;
    });
    socket.resume();
    await new Promise((resolve) => socket.on("close", resolve));
    expect(received).toBeLessThan(png.length);
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

/** A PNG of a few bytes whose header claims any size. */
function bomb(width: number, height: number): Uint8Array<ArrayBuffer> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return png([
    ["IHDR", header],
    ["IDAT", deflateSync(Buffer.alloc(1000))],
    ["IEND", Buffer.alloc(0)],
  ]);
}

/** A picture with a compressed text of 20 MB. */
function writePngTextBomb(picture: Uint8Array): Uint8Array<ArrayBuffer> {
  const text = Buffer.concat([Buffer.from("parameters\0\0"), deflateSync(Buffer.alloc(20e6, 97))]);
  const [, ...rest] = chunksOf(picture);
  return png([chunksOf(picture)[0], ["zTXt", text], ...rest]);
}

function chunksOf(bytes: Uint8Array): [string, Buffer][] {
  const buffer = Buffer.from(bytes);
  const chunks: [string, Buffer][] = [];
  for (let at = 8; at < buffer.length; at += 12 + buffer.readUInt32BE(at)) {
    chunks.push([buffer.toString("latin1", at + 4, at + 8), buffer.subarray(at + 8, at + 8 + buffer.readUInt32BE(at))]);
  }
  return chunks;
}

function png(chunks: [string, Buffer][]): Uint8Array<ArrayBuffer> {
  const parts = chunks.map(([type, data]) => {
    const typed = Buffer.concat([Buffer.from(type, "latin1"), data]);
    const framed = Buffer.alloc(8 + typed.length);
    framed.writeUInt32BE(data.length, 0);
    typed.copy(framed, 4);
    framed.writeUInt32BE(crc32(typed), 4 + typed.length);
    return framed;
  });
  return new Uint8Array(Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), ...parts]));
}
