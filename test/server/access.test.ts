/** Who may use the server: names it answers to, pages that may not, keys and cookies. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { startServer } from "../../src/server/serve.ts";
import { dataUrl, onSocket, picture, startTestServer, temporaryFolder } from "../../src/server/server.test-data.ts";
import { serverOptions } from "./processes.ts";
import { type Answer, codeOf, edit, raw } from "./requests.ts";

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
