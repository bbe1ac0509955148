/** What is sent to the server: markup, bombs, floods, and clients that do not go on. */

import { connect } from "node:net";
import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";
import { describe, expect, it, onTestFinished } from "vitest";
import { writePngText } from "../../src/image/png-metadata.ts";
import { listen } from "../../src/server/listen.ts";
import { eventually, onSocket, picture, startTestServer } from "../../src/server/server.test-data.ts";
import { type Answer, codeOf, raw } from "./requests.ts";

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
