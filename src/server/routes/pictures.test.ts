/** Pictures in and out: what is stored, what is refused, what a file says and does not say. */

import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { readMetadata } from "../../image/metadata.node.ts";
import { colourOf, dataUrl, picture, readEvents, startTestServer, type TestServer } from "../server.test-data.ts";

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers as they came
type Answer = any;

async function upload(server: TestServer, body: Uint8Array<ArrayBuffer>, type = "image/png"): Promise<Response> {
  return server.send("/api/v1/images", { method: "POST", body, headers: { "content-type": type } });
}

async function bytesOf(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await response.arrayBuffer());
}

describe("an upload", () => {
  it("is turned upright, stripped of what the camera wrote, and stored as PNG", async () => {
    const server = await startTestServer();
    const red = { create: { width: 30, height: 20, channels: 3 as const, background: { r: 250, g: 0, b: 0 } } };
    const jpeg = await sharp(red)
      .withExif({ IFD0: { Copyright: "somebody" } })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    const stored: Answer = await (await upload(server, new Uint8Array(jpeg), "image/jpeg")).json();
    expect(stored).toMatchObject({ width: 20, height: 30, made: null });
    const file = await bytesOf(await server.send(stored.url));
    const { format, width, height, exif } = await sharp(file).metadata();
    expect([format, width, height, exif]).toEqual(["png", 20, 30, undefined]);
    expect(Buffer.from(file).includes("somebody")).toBe(false);
  });

  it("of the same pixels is stored once, whichever way it comes", async () => {
    const server = await startTestServer();
    const png = await picture();
    const form = new FormData();
    form.append("image", new Blob([png]), "../../etc/passwd");
    const ids = await Promise.all([
      upload(server, png),
      upload(server, png, "application/octet-stream"),
      server.send("/api/v1/images", { method: "POST", body: form }),
      server.send("/api/v1/images", { json: { image: dataUrl(png) } }),
    ]);
    expect(ids.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect(new Set(await Promise.all(ids.map(async (each) => ((await each.json()) as Answer).id))).size).toBe(1);
    expect(server.context.library.pictures.size).toBe(1);
  });

  it("that is no picture, damaged or of another type is refused in words", async () => {
    const server = await startTestServer();
    const png = await picture(64, 64);
    const tiff = new Uint8Array(await sharp(png).tiff().toBuffer());
    const cases: [Uint8Array<ArrayBuffer>, RegExp][] = [
      [new Uint8Array(), /empty/],
      [new TextEncoder().encode("<svg xmlns='http://www.w3.org/2000/svg'/>"), /SVG/],
      [new TextEncoder().encode("hello"), /none of these/],
      [png.slice(0, 60), /damaged or cut short/],
      [tiff, /tiff.*send PNG, JPEG or WebP/],
    ];
    for (const [bytes, message] of cases) {
      const response = await upload(server, bytes);
      const { error }: Answer = await response.json();
      expect([response.status, error.code, error.param]).toEqual([400, "invalid_image", "image"]);
      expect(error.message).toMatch(message);
    }
    expect((await server.send("/api/v1/images", { json: {} })).status).toBe(400);
    expect(server.context.library.pictures.size).toBe(0);
  });

  it("says how it was made: one of ours, and one of others", async () => {
    const server = await startTestServer();
    const made = await sharp(await picture())
      .png()
      .toBuffer();
    const { writePngText } = await import("../../image/png-metadata.ts");
    const record = JSON.stringify({ instruction: "make it winter", settings: { seed: 4 } });
    const ours = writePngText(made, new Map([["instructpix2pix", record]]));
    expect(((await (await upload(server, new Uint8Array(ours))).json()) as Answer).made).toEqual({
      parameters: null,
      instruction: "make it winter",
      settings: { seed: 4 },
    });
    const infotext = "<b>a castle</b>\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5";
    const theirs = writePngText(made, new Map([["parameters", infotext]]));
    expect(((await (await upload(server, new Uint8Array(theirs))).json()) as Answer).made).toMatchObject({
      instruction: "<b>a castle</b>",
      settings: { Steps: "20", Seed: "5" },
    });
    const graph = {
      "3": { class_type: "KSampler", inputs: { positive: ["6", 0], steps: 20 } },
      "6": { class_type: "CLIPTextEncode", inputs: { text: "make it autumn" } },
    };
    const nodes = writePngText(made, new Map([["prompt", JSON.stringify(graph)]]));
    expect(((await (await upload(server, new Uint8Array(nodes))).json()) as Answer).made).toEqual({
      parameters: null,
      instruction: "make it autumn",
      settings: { steps: 20 },
    });
  });
});

describe("a stored picture", () => {
  it("is sent as PNG, JPEG or WebP, small, to be shown or saved, and not again", async () => {
    const server = await startTestServer();
    const stored: Answer = await (await upload(server, await picture(600, 300))).json();
    for (const format of ["png", "jpeg", "webp"]) {
      const response = await server.send(`${stored.url}?format=${format}&download=true`);
      expect(response.headers.get("content-type")).toBe(`image/${format}`);
      expect(response.headers.get("content-disposition")).toBe(
        `attachment; filename="${stored.id.slice(0, 12)}.${format}"`,
      );
      const file = await bytesOf(response);
      expect(await sharp(file).metadata()).toMatchObject({ format, width: 600, height: 300 });
      const { r } = await colourOf(file);
      expect(Math.abs(r - 200)).toBeLessThanOrEqual(2);
    }
    const small = await server.send(`${stored.url}/thumbnail`);
    expect(await sharp(await bytesOf(small)).metadata()).toMatchObject({ format: "webp", width: 256, height: 128 });
    const etag = (await server.send(stored.url)).headers.get("etag")!;
    const again = await server.send(stored.url, { headers: { "if-none-match": etag } });
    expect([again.status, (await bytesOf(again)).length]).toEqual([304, 0]);
    expect((await server.send(`/api/v1/images/${"0".repeat(64)}`)).status).toBe(404);
    expect((await server.send(`${stored.url}?format=bmp`)).status).toBe(400);
  });

  it("says how it was made, or does not, as is wished", async () => {
    const server = await startTestServer();
    const { writePngText } = await import("../../image/png-metadata.ts");
    const parameters = "make it winter\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5";
    const png = writePngText(await picture(), new Map([["parameters", parameters]]));
    const { id } = await server.context.library.addPicture(png, { width: 24, height: 16 });
    for (const format of ["png", "jpeg", "webp"]) {
      const told = await readMetadata(await bytesOf(await server.send(`/api/v1/images/${id}?format=${format}`)));
      expect(told).toEqual({ parameters });
      const silent = await server.send(`/api/v1/images/${id}?format=${format}&metadata=false`);
      expect(await readMetadata(await bytesOf(silent))).toEqual({});
    }
  });
});

it("a result can be the next edit's picture", async () => {
  const server = await startTestServer();
  const image = dataUrl(await picture());
  const edit: Answer = await server.ask("/api/v1/edits", { json: { image, prompt: "a", steps: 1 } });
  await readEvents(await server.send(edit.urls.events));
  const { outputs }: Answer = await server.ask(edit.urls.self);
  const next = await server.send("/api/v1/edits", { json: { image: outputs[0].id, prompt: "b" } });
  expect(next.status).toBe(202);
});
