/** The browser's codecs in Chromium, where there is one: the pixels Node reads, and settings that come back. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Browser, chromium as browserType, type Page } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noiseImage } from "../../test/golden/image/noise.ts";
import { requirement } from "../../test/requirements.ts";
import { decodeImage } from "./decode.node.ts";
import type { Image } from "./image.ts";
import { readMetadata } from "./metadata.node.ts";
import { toRgba } from "./rgba.ts";

const chromium = requirement("chromium");
const golden = new URL("../../test/golden/image/files.json", import.meta.url);
const cases = JSON.parse(readFileSync(golden, "utf8")) as { name: string; file: string; rgba: string }[];

describe.skipIf(!chromium.available)(`in Chromium${chromium.reason}`, () => {
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    browser = await browserType.launch({ executablePath: chromium.path, args: ["--no-sandbox"] });
    page = await browser.newPage();
    await page.addScriptTag({ type: "module", content: await bundle() });
    await page.waitForFunction("globalThis.codec");
  });
  afterAll(() => browser.close());

  /** Decodes in the page. */
  async function decoded(base64: string): Promise<Buffer> {
    const rgba = await page.evaluate(`codec.decode("${base64}")`);
    return Buffer.from(rgba as string, "base64");
  }

  /** Encodes in the page. */
  async function encoded(image: Image, format: string, options: object): Promise<Buffer> {
    const rgba = Buffer.from(toRgba(image).buffer).toString("base64");
    const call = `codec.encode(${image.width}, ${image.height}, "${rgba}", "${format}", ${JSON.stringify(options)})`;
    return Buffer.from((await page.evaluate(call)) as string, "base64");
  }

  it.each(cases.filter(({ name }) => name.endsWith(".png") && !/alpha|rgba|transparent|gamma/.test(name)))(
    "reads $name exactly",
    async ({ file, rgba }) => {
      expect((await decoded(file)).toString("base64")).toBe(rgba);
    },
  );

  it.each(cases.filter(({ name }) => /orientation|444|lossless|animated/.test(name)))(
    "reads $name as Node does, but for rounding",
    async ({ file, rgba }) => {
      const [pixels, expected] = [await decoded(file), Buffer.from(rgba, "base64")];
      expect(pixels.length).toBe(expected.length);
      const worst = pixels.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0);
      expect(worst).toBeLessThanOrEqual(3);
    },
  );

  it("reads opacity exactly and colours under it nearly", async () => {
    const { file, rgba } = cases.find(({ name }) => name === "rgba.png")!;
    const [pixels, expected] = [await decoded(file), Buffer.from(rgba, "base64")];
    for (let i = 0; i < pixels.length; i += 4) {
      const opacity = pixels[i + 3];
      expect(opacity).toBe(expected[i + 3]);
      expect(Math.abs(pixels[i] - expected[i]) * opacity).toBeLessThanOrEqual(256);
    }
  });

  it("refuses what is no picture, damaged, or over a limit", async () => {
    const { file } = cases.find(({ name }) => name === "rgb.png")!;
    await expect(decoded(Buffer.from("<svg/>").toString("base64"))).rejects.toThrow("looks like SVG");
    await expect(decoded(Buffer.from(file, "base64").subarray(0, 60).toString("base64"))).rejects.toThrow("is damaged");
    await expect(page.evaluate(`codec.decode("${file}", { limits: { maxSide: 20 } })`)).rejects.toThrow("21 × 13");
  });

  it("writes exact PNG with settings in it, and JPEG and WebP", async () => {
    const image = noiseImage(19, 11, 1);
    const metadata = { parameters: "冬\nSteps: 1, Seed: 2, Size: 3", instructpix2pix: { a: 1 } };
    const png = await encoded(image, "png", { metadata });
    expect(await decodeImage(png)).toEqual(image);
    expect(await readMetadata(png)).toEqual(metadata);
    for (const format of ["jpeg", "webp"]) {
      const high = await encoded(image, format, { quality: 95 });
      expect(await decodeImage(high)).toMatchObject({ width: 19, height: 11 });
      expect((await encoded(image, format, { quality: 10 })).length).toBeLessThan(high.length);
    }
    await expect(encoded(image, "png", { quality: 101 })).rejects.toThrow("quality of 1 … 100, got 101");
  });
});

/** The codec as one script that leaves `codec` in the page, with pixels and files passed as base64. */
async function bundle(): Promise<string> {
  const path = (name: string) => JSON.stringify(fileURLToPath(new URL(name, import.meta.url)));
  const source = `
    import { decodeImage, encodeImage } from ${path("./codec.browser.ts")};
    import { fromRgba, toRgba } from ${path("./rgba.ts")};
    const unpack = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const pack = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    globalThis.codec = {
      decode: async (base64, options) => pack(toRgba(await decodeImage(new Blob([unpack(base64)]), options))),
      encode: async (width, height, rgba, format, options) => {
        const blob = await encodeImage(fromRgba(width, height, unpack(rgba)), format, options);
        return pack(new Uint8Array(await blob.arrayBuffer()));
      },
    };`;
  const entry = "\0entry";
  const result = await build({
    configFile: false,
    logLevel: "error",
    plugins: [
      {
        name: "entry",
        resolveId: (id) => (id === "entry" ? entry : null),
        load: (id) => (id === entry ? source : null),
      },
    ],
    build: { write: false, minify: false, rolldownOptions: { input: "entry" }, modulePreload: false },
  });
  const [{ output }] = [result].flat() as { output: { code: string }[] }[];
  return output[0].code;
}
