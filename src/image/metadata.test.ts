/** Settings in files: reading Pillow's, and reading back our own from every format. */

import { readFileSync } from "node:fs";
import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { noiseImage } from "../../test/golden/image/noise.ts";
import { UsageError } from "../errors.ts";
import { decodeImage } from "./decode.node.ts";
import { encodeImage } from "./encode.node.ts";
import { decodeExif, encodeExif } from "./exif.ts";
import { readMetadata } from "./metadata.node.ts";
import { readPngText, writePngText } from "./png-metadata.ts";

const golden = new URL("../../test/golden/image/metadata.json", import.meta.url);
const cases = JSON.parse(readFileSync(golden, "utf8")) as { name: string; file: string; parameters: string | null }[];
const metadata = {
  parameters: "make it “winter”, 冬 ❄\nNegative prompt: blurry\nSteps: 20, Sampler: Euler a, Seed: 7",
  instructpix2pix: { version: 1, instruction: "冬", steps: 20, nested: { a: [1, 2.5, null] } },
};
const image = noiseImage(9, 7, 1);
const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

describe("readMetadata", () => {
  it.each(cases)("reads infotext from $name", async ({ file, parameters }) => {
    expect(await readMetadata(Buffer.from(file, "base64"))).toEqual(parameters === null ? {} : { parameters });
  });

  it.each(["png", "jpeg", "webp", "avif"] as const)("reads back from %s what was written", async (format) => {
    const file = await encodeImage(image, format, { metadata });
    expect(await readMetadata(file)).toEqual(metadata);
    expect(await decodeImage(file)).toMatchObject({ width: 9, height: 7 });
    expect(await readMetadata(await encodeImage(image, format, { metadata: {} }))).toEqual({});
    expect(await readMetadata(await encodeImage(image, format))).toEqual({});
  });

  it("takes a record that is no JSON object for none", async () => {
    const png = await encodeImage(image, "png");
    for (const record of ["{", "[1]", "null", "7", '"text"']) {
      const file = writePngText(
        png,
        new Map([
          ["instructpix2pix", record],
          ["parameters", "x"],
        ]),
      );
      expect(await readMetadata(file)).toEqual({ parameters: "x" });
    }
  });
});

describe("PNG text", () => {
  it("keeps Latin-1 as tEXt, other text as iTXt, and the pixels as they are", async () => {
    const texts = new Map([
      ["a", "grün\nzwei"],
      ["b", "冬"],
      ["c", ""],
    ]);
    const png = writePngText(await encodeImage(image, "png"), texts);
    const kinds = [
      ...Buffer.from(png)
        .toString("latin1")
        .matchAll(/[ti]TXt|tEXt/g),
    ].map(([kind]) => kind);
    expect(kinds).toEqual(["tEXt", "iTXt", "tEXt"]);
    expect(await readPngText(png, ["a", "b", "c", "d"])).toEqual(texts);
    expect(await decodeImage(png)).toEqual(image);
    expect((await sharp(png).metadata()).comments).toContainEqual({ keyword: "b", text: "冬" });
  });

  it("replaces a text of the same key and leaves others", async () => {
    const once = writePngText(
      await encodeImage(image, "png"),
      new Map([
        ["a", "1"],
        ["b", "2"],
      ]),
    );
    const twice = writePngText(once, new Map([["a", "3"]]));
    expect(await readPngText(twice, ["a", "b"])).toEqual(
      new Map([
        ["a", "3"],
        ["b", "2"],
      ]),
    );
    expect(twice.length).toBe(once.length);
  });

  it("refuses a damaged text it is asked for, and no other", async () => {
    const png = writePngText(
      await encodeImage(image, "png"),
      new Map([
        ["a", "one"],
        ["b", "two"],
      ]),
    );
    png[Buffer.from(png).indexOf("one")] ^= 1;
    await expect(readPngText(png, ["a"])).rejects.toThrow('text "a" is damaged');
    expect(await readPngText(png, ["b"])).toEqual(new Map([["b", "two"]]));
    await expect(readPngText(bytes("GIF89a"), ["a"])).rejects.toThrow(UsageError);
  });

  it("reads what precedes a cut", async () => {
    const png = writePngText(await encodeImage(image, "png"), new Map([["a", "one"]]));
    expect(await readPngText(png.slice(0, 60), ["a"])).toEqual(new Map([["a", "one"]]));
    expect(await readPngText(png.slice(0, 40), ["a"])).toEqual(new Map());
  });

  it("stops inflating a text bomb", async () => {
    const bomb = deflateSync(Buffer.alloc(200 * 2 ** 20));
    const png = withChunk(await encodeImage(image, "png"), "zTXt", Buffer.concat([Buffer.from("a\0\0"), bomb]));
    await expect(readPngText(png, ["a"])).rejects.toThrow("longer than 1048576 bytes");
    const cut = withChunk(await encodeImage(image, "png"), "zTXt", Buffer.from("a\0\0no zlib stream"));
    await expect(readPngText(cut, ["a"])).rejects.toThrow("cannot be inflated");
    const long = writePngText(await encodeImage(image, "png"), new Map([["a", "x".repeat(2 ** 20 + 1)]]));
    await expect(readPngText(long, ["a"])).rejects.toThrow(UsageError);
  });
});

describe("EXIF", () => {
  it("comes back, with the marker JPEG puts in front or without", () => {
    const exif = encodeExif({ userComment: "冬 winter", makerNote: bytes("a note") });
    expect(decodeExif(exif)).toEqual({ userComment: "冬 winter", makerNote: bytes("a note") });
    expect(decodeExif(Uint8Array.of(...bytes("Exif\0\0"), ...exif)).userComment).toBe("冬 winter");
    expect(decodeExif(encodeExif({}))).toEqual({});
  });

  it("reads any damaged block as far as it goes", () => {
    const exif = encodeExif({ userComment: "winter", makerNote: bytes("a note") });
    for (let length = 0; length < exif.length; length++) {
      expect(decodeExif(exif.slice(0, length)).userComment).toBeUndefined();
    }
    for (let i = 0; i < exif.length; i++) {
      const damaged = exif.slice();
      damaged[i] ^= 0xff;
      expect(() => decodeExif(damaged)).not.toThrow();
    }
  });
});

/** A PNG with a chunk of any kind behind its header. */
function withChunk(png: Uint8Array, type: string, data: Uint8Array): Uint8Array {
  const chunk = Buffer.alloc(data.length + 12);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write(type, 4, "latin1");
  chunk.set(data, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, data.length + 8)), data.length + 8);
  return new Uint8Array(Buffer.concat([png.subarray(0, 33), chunk, png.subarray(33)]));
}
