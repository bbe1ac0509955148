/** Writing: exact pixels where promised, whole files or none, and early refusals. */

import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, describe, expect, it } from "vitest";
import { noise, noiseImage } from "../../test/golden/image/noise.ts";
import { UsageError } from "../errors.ts";
import { readImage } from "./decode.node.ts";
import { checkWritable, encodeImage, writeImage } from "./encode.node.ts";

const folder = mkdtempSync(join(tmpdir(), "ip2p-encode-"));
afterAll(() => rmSync(folder, { recursive: true }));
const image = noiseImage(19, 11, 1);
const transparent = { ...image, alpha: noise(19 * 11, 2) };

describe("writeImage", () => {
  it.each(["png", "PNG", "tif", "tiff"])("keeps every pixel in .%s", async (extension) => {
    const path = join(folder, `exact.${extension}`);
    await writeImage(path, image);
    expect(await readImage(path)).toEqual(image);
    await writeImage(path, transparent);
    expect(await readImage(path)).toEqual(transparent);
  });

  it.each(["jpg", "jpeg", "webp", "avif"])("comes close in .%s", async (extension) => {
    const path = join(folder, `close.${extension}`);
    const smooth = { width: 40, height: 24, data: new Uint8Array(40 * 24 * 3).map((_, i) => 60 + Math.trunc(i / 30)) };
    await writeImage(path, smooth);
    const { width, height, data } = await readImage(path);
    expect([width, height]).toEqual([40, 24]);
    expect(data.reduce((most, value, i) => Math.max(most, Math.abs(value - smooth.data[i])), 0)).toBeLessThan(12);
    const format = extension === "avif" ? "heif" : extension === "jpg" ? "jpeg" : extension;
    expect((await sharp(readFileSync(path)).metadata()).format).toBe(format);
  });

  it("writes opacity to what has it, and colours alone to JPEG", async () => {
    for (const extension of ["webp", "avif"]) {
      await writeImage(join(folder, `clear.${extension}`), transparent);
      expect((await readImage(join(folder, `clear.${extension}`))).alpha).toBeDefined();
    }
    await writeImage(join(folder, "clear.jpg"), transparent, { quality: 100 });
    expect(await encodeImage(transparent, "jpeg")).toEqual(await encodeImage(image, "jpeg"));
  });

  it("says nothing about the picture unless told", async () => {
    for (const format of ["png", "jpeg", "webp", "avif", "tiff"] as const) {
      const { exif, icc, xmp, comments } = await sharp(await encodeImage(image, format)).metadata();
      expect({ exif, icc, xmp, comments }).toEqual({});
    }
  });

  it("leaves one file, through a link too", async () => {
    const inside = join(folder, "inside");
    await mkdir(inside);
    const path = join(inside, "a.png");
    await writeImage(path, image);
    symlinkSync(path, join(inside, "link.png"));
    await writeImage(join(inside, "link.png"), transparent);
    expect(readdirSync(inside).sort()).toEqual(["a.png", "link.png"]);
    expect(await readImage(path)).toEqual(transparent);
  });

  it("leaves the old file and no other when encoding fails", async () => {
    const path = join(folder, "old.webp");
    await writeImage(path, image);
    const before = readFileSync(path);
    const names = readdirSync(folder);
    const metadata = { parameters: "x".repeat(40_000) };
    await expect(writeImage(path, image, { metadata })).rejects.toThrow("write a PNG instead");
    await expect(writeImage(path, image, { quality: 0 })).rejects.toThrow(UsageError);
    expect(readFileSync(path)).toEqual(before);
    expect(readdirSync(folder)).toEqual(names);
  });

  it("makes smaller files at lower quality", async () => {
    for (const format of ["jpeg", "webp", "avif"] as const) {
      const high = await encodeImage(noiseImage(64, 48, 1), format, { quality: 90 });
      const low = await encodeImage(noiseImage(64, 48, 1), format, { quality: 20 });
      expect(low.length).toBeLessThan(high.length);
    }
  });
});

it("refuses a picture larger than the format can hold", async () => {
  const wide = noiseImage(16_400, 1, 1);
  await expect(encodeImage(wide, "webp")).rejects.toThrow("cannot write the picture as webp");
});

describe("checkWritable", () => {
  it("names the extensions there are", async () => {
    for (const name of ["a.bmp", "a", "png", "a.png/b", ".gif"]) {
      await expect(checkWritable(join(folder, name))).rejects.toThrow(".png, .jpg, .jpeg, .webp, .avif, .tif, .tiff");
    }
  });

  it("refuses folders that are none and files that are folders, and writes nothing", async () => {
    await expect(checkWritable(join(folder, "none", "a.png"))).rejects.toThrow("there is no folder");
    writeFileSync(join(folder, "file"), "");
    await expect(checkWritable(join(folder, "file", "a.png"))).rejects.toThrow("there is no folder");
    await mkdir(join(folder, "folder.png"));
    await expect(checkWritable(join(folder, "folder.png"))).rejects.toThrow("is no file");
    await checkWritable(join(folder, "new.png"));
    expect(existsSync(join(folder, "new.png"))).toBe(false);
  });

  it.skipIf(process.getuid?.() === 0)("refuses a folder without permission", async () => {
    await mkdir(join(folder, "closed"));
    chmodSync(join(folder, "closed"), 0o500);
    await expect(checkWritable(join(folder, "closed", "a.png"))).rejects.toThrow("no permission");
  });
});
