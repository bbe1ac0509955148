/** Reading: Pillow's pixels from every kind of file, and refusals that say what is wrong. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { crc32 } from "node:zlib";
import sharp from "sharp";
import { afterAll, describe, expect, it } from "vitest";
import { noiseImage } from "../../test/golden/image/noise.ts";
import { UsageError } from "../errors.ts";
import { decodeImage, readImage } from "./decode.node.ts";
import { encodeImage } from "./encode.node.ts";
import { toRgba } from "./rgba.ts";

interface Case {
  name: string;
  size: [number, number];
  file: string;
  rgba: string;
}

const golden = new URL("../../test/golden/image/files.json", import.meta.url);
const cases = JSON.parse(readFileSync(golden, "utf8")) as Case[];
const fileOf = (name: string) => new Uint8Array(Buffer.from(cases.find((c) => c.name === name)!.file, "base64"));
const folder = mkdtempSync(join(tmpdir(), "ip2p-decode-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("decodeImage", () => {
  it.each(cases)("reads $name as Pillow does", async ({ name, size, rgba }) => {
    const image = await decodeImage(fileOf(name));
    expect([image.width, image.height]).toEqual(size);
    expect(Buffer.from(toRgba(image)).toString("base64")).toBe(rgba);
  });

  it("splits opacity off only where there is some", async () => {
    expect((await decodeImage(fileOf("rgba.png"))).alpha).toBeDefined();
    expect((await decodeImage(fileOf("opaque-rgba.png"))).alpha).toBeUndefined();
  });

  it("converts a Display P3 profile to sRGB", async () => {
    const raw = { width: 4, height: 2, channels: 3 } as const;
    const colours = Uint8Array.of(
      200,
      60,
      60,
      60,
      200,
      60,
      60,
      60,
      200,
      128,
      128,
      128,
      250,
      240,
      10,
      0,
      0,
      0,
      255,
      255,
      255,
      90,
      120,
      30,
    );
    const p3 = await sharp(colours, { raw }).withIccProfile("p3").png().toBuffer();
    const stored = await sharp(p3, { ignoreIcc: true }).raw().toBuffer();
    expect(Math.abs(stored[0] - 200)).toBeGreaterThan(8);
    const { data } = await decodeImage(p3);
    expect(maxDifference(data, colours)).toBeLessThanOrEqual(2);
  });

  it("converts CMYK to sRGB", async () => {
    const raw = { width: 8, height: 1, channels: 3 } as const;
    const colours = new Uint8Array(24).map((_, i) => (i < 12 ? 255 : [200, 40, 40][i % 3]));
    const cmyk = await sharp(colours, { raw }).toColourspace("cmyk").jpeg({ quality: 100 }).toBuffer();
    expect((await sharp(cmyk).metadata()).space).toBe("cmyk");
    const { width, data } = await decodeImage(cmyk);
    expect(width).toBe(8);
    expect(Math.min(...data.subarray(0, 9))).toBeGreaterThan(245);
    expect(maxDifference(data.subarray(15), colours.subarray(15))).toBeLessThan(40);
  });

  it("reads AVIF", async () => {
    const image = { width: 32, height: 24, data: new Uint8Array(32 * 24 * 3).map((_, i) => 40 + (i % 3) * 80) };
    const { width, height, data } = await decodeImage(await encodeImage(image, "avif"));
    expect([width, height]).toEqual([32, 24]);
    expect(maxDifference(data, image.data)).toBeLessThanOrEqual(4);
  });

  it.each(["rgb.png", "444.jpg", "progressive.jpg", "lossless.webp", "animated.gif", "lzw.tiff"])(
    "refuses a %s that is cut short",
    async (name) => {
      const file = fileOf(name);
      for (const part of [0.05, 0.2, 0.35, 0.48]) {
        const refusal = decodeImage(file.slice(0, Math.trunc(file.length * part)), { name: "cut" });
        await expect(refusal, `${part} of ${name}`).rejects.toThrow(UsageError);
        await expect(refusal).rejects.toThrow("cut is damaged or cut short");
      }
    },
  );

  it("refuses a PNG with a flipped bit", async () => {
    const file = fileOf("rgb.png");
    file[Math.trunc(file.length / 2)] ^= 4;
    await expect(decodeImage(file)).rejects.toThrow("the picture is damaged");
  });

  it("refuses small files that claim huge pictures, from their headers", async () => {
    const png = fileOf("rgb.png");
    const header = new DataView(png.buffer);
    header.setUint32(16, 50_000);
    header.setUint32(20, 50_000);
    header.setUint32(29, crc32(png.subarray(12, 29)));
    await expect(decodeImage(png)).rejects.toThrow("50000 × 50000 pixels");
    const jpeg = fileOf("444.jpg");
    const frame = Buffer.from(jpeg).indexOf(Uint8Array.of(0xff, 0xc0));
    jpeg.set([0xf0, 0x00, 0xf0, 0x00], frame + 5);
    await expect(decodeImage(jpeg)).rejects.toThrow("61440 × 61440 pixels");
  });

  it("holds limits that can be raised and lowered", async () => {
    const file = fileOf("rgb.png");
    await expect(decodeImage(file, { limits: { maxSide: 20 } })).rejects.toThrow("at most 20 a side");
    await expect(decodeImage(file, { limits: { maxPixels: 272 } })).rejects.toThrow("21 × 13 pixels");
    await expect(decodeImage(file, { limits: { maxBytes: 100 } })).rejects.toThrow("larger than");
    expect(await decodeImage(file, { limits: { maxPixels: 273, maxSide: 21 } })).toMatchObject({ width: 21 });
    const wide = await encodeImage(noiseImage(17_000, 1, 1), "png");
    await expect(decodeImage(wide)).rejects.toThrow("17000 × 1 pixels");
    expect(await decodeImage(wide, { limits: { maxSide: 17_000 } })).toMatchObject({ width: 17_000 });
  });

  it.each([
    ["", "is empty"],
    ["hello", "is none of these"],
    ["%PDF-1.7", "looks like PDF"],
    ["BM123456", "looks like BMP"],
    ["<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>", "looks like SVG"],
    ["\0\0\0\x18ftypheic\0\0\0\0mif1heic", "looks like HEIC"],
  ])("refuses %j: %s", async (content, reason) => {
    const bytes = Uint8Array.from(content, (character) => character.charCodeAt(0));
    const refusal = decodeImage(bytes, { name: "x.png" });
    await expect(refusal).rejects.toThrow(UsageError);
    await expect(refusal).rejects.toThrow(reason);
  });
});

describe("readImage", () => {
  it("reads a path, a URL and bytes", async () => {
    const path = join(folder, "a picture.png");
    writeFileSync(path, fileOf("rgb.png"));
    const expected = await decodeImage(fileOf("rgb.png"));
    expect(await readImage(path)).toEqual(expected);
    expect(await readImage(pathToFileURL(path))).toEqual(expected);
    expect(await readImage(fileOf("rgb.png"))).toEqual(expected);
  });

  it("says what is wrong with a path", async () => {
    await expect(readImage(join(folder, "none.png"))).rejects.toThrow(/cannot read .*none\.png: there is no such file/);
    await expect(readImage(folder)).rejects.toThrow("it is a folder, expected a picture");
    const path = join(folder, "text.png");
    writeFileSync(path, "not a picture");
    await expect(readImage(path)).rejects.toThrow(/text\.png is none of these/);
    await expect(readImage(path, { limits: { maxBytes: 4 } })).rejects.toThrow("larger than");
    await expect(readImage(join(folder, "none.png"))).rejects.toBeInstanceOf(UsageError);
  });
});

function maxDifference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
}
