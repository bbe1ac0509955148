/** Working sizes against the reference's rule, crops against Pillow's ImageOps.fit, and the way back. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { noise, noiseImage } from "../../test/golden/image/noise.ts";
import { UsageError } from "../errors.ts";
import { centreCrop, fitImage, referenceSize, referenceSizeInDoubles, restoreImage, stretchSize } from "./fit.ts";
import type { Image } from "./image.ts";
import { resize } from "./resample.ts";

interface Golden {
  doubleSizes: [number, number, number, number][];
  cases: { from: [number, number]; seed: number; resolution: number; to: [number, number]; sha256: string }[];
}

const file = new URL("../../test/golden/image/fit.json", import.meta.url);
const golden = JSON.parse(readFileSync(file, "utf8")) as Golden;
const sha256 = (data: Uint8Array) => createHash("sha256").update(data).digest("hex");

/** Width, height, resolution and the reference's working size. */
const SIZES = [
  [512, 512, 512, 512, 512],
  [640, 480, 512, 512, 384],
  [1024, 768, 512, 512, 384],
  [1280, 720, 512, 512, 320],
  [1920, 1080, 512, 512, 320],
  [500, 333, 512, 576, 384],
  [600, 400, 512, 576, 384],
  [1500, 1000, 512, 576, 384],
  [6000, 4000, 512, 576, 384],
  [1080, 1350, 512, 448, 512],
  [4032, 3024, 512, 512, 384],
  [1170, 2532, 512, 256, 512],
  [300, 900, 512, 192, 576],
  [100, 2000, 512, 64, 1280],
  [4000, 300, 512, 832, 64],
  [64, 64, 512, 512, 512],
  [512, 512, 500, 512, 512],
  [512, 512, 256, 256, 256],
  [512, 512, 100, 128, 128],
  [1280, 720, 768, 768, 448],
] as const;

describe("referenceSize", () => {
  it.each(SIZES)("of %i × %i at %i is %i × %i", (width, height, resolution, toWidth, toHeight) => {
    expect(referenceSize({ width, height }, resolution)).toEqual({ width: toWidth, height: toHeight });
  });

  it("keeps every square a square of the resolution", () => {
    for (let side = 1; side <= 5000; side++) {
      expect(referenceSize({ width: side, height: side }, 512)).toEqual({ width: 512, height: 512 });
    }
  });

  it("refuses a strip and a resolution that is no number of pixels", () => {
    expect(() => referenceSize({ width: 6500, height: 100 }, 512)).toThrow(UsageError);
    expect(() => referenceSize({ width: 6400, height: 100 }, 0)).toThrow(UsageError);
    expect(() => referenceSize({ width: 6400, height: 100 }, Number.NaN)).toThrow(UsageError);
    expect(referenceSize({ width: 6400, height: 100 }, 512)).toEqual({ width: 4096, height: 64 });
  });
});

it("referenceSizeInDoubles is the reference's rule with its losses", () => {
  for (const [width, height, toWidth, toHeight] of golden.doubleSizes) {
    expect(referenceSizeInDoubles({ width, height }, 512)).toEqual({ width: toWidth, height: toHeight });
  }
  expect(referenceSizeInDoubles({ width: 412, height: 412 }, 512)).toEqual({ width: 448, height: 448 });
});

describe("stretchSize", () => {
  it("changes no shape at resolution 512 by more than 1 / 16", () => {
    for (let width = 200; width < 1400; width += 13) {
      for (let height = 200; height < 1400; height += 17) {
        const size = stretchSize({ width, height }, 512);
        const stretch = (size.width * height) / (size.height * width);
        expect(Math.max(stretch, 1 / stretch)).toBeLessThanOrEqual(1 + 1 / 16);
        expect([size.width % 64, size.height % 64]).toEqual([0, 0]);
      }
    }
  });

  it("gives 16:9 photos nearly their shape", () => {
    expect(stretchSize({ width: 1920, height: 1080 }, 512)).toEqual({ width: 576, height: 320 });
  });
});

describe("fitImage", () => {
  it("without restoring crops and resizes as the reference does, byte for byte", () => {
    for (const { from, seed, resolution, to, sha256: expected } of golden.cases) {
      const source = noiseImage(from[0], from[1], seed);
      const box = centreCrop(source, { width: to[0], height: to[1] });
      const cropped = resize(source, { width: to[0], height: to[1], box });
      expect(sha256(cropped.data), `${from} at ${resolution}`).toBe(expected);
      const exact = referenceSize(source, resolution);
      if (exact.width !== to[0] || exact.height !== to[1]) continue;
      const fitted = fitImage(source, { resolution, restore: false });
      expect([fitted.image.width, fitted.image.height, fitted.placement.kind]).toEqual([...to, "none"]);
      expect(sha256(fitted.image.data)).toBe(expected);
    }
  });

  it("with restoring comes back to the input's size and nearly to its pixels", () => {
    const smooth = gradient(701, 393);
    const { image, placement } = fitImage(smooth);
    expect([image.width, image.height]).toEqual([576, 320]);
    const back = restoreImage(image, placement);
    expect([back.width, back.height]).toEqual([701, 393]);
    expect(maxDifference(back, smooth)).toBeLessThanOrEqual(2);
  });

  it("gives a picture of blocks back as it is", () => {
    const source = noiseImage(256, 192, 1);
    const { image, placement } = fitImage(source, { resolution: 256 });
    expect(sha256(image.data)).toBe(sha256(source.data));
    expect(sha256(restoreImage(image, placement).data)).toBe(sha256(source.data));
  });

  it("at native size pads to multiples of 8 by the last column and row, and crops again", () => {
    const source = { ...noiseImage(13, 9, 1), alpha: noise(13 * 9, 2) };
    const { image, placement } = fitImage(source, { resolution: "native" });
    expect([image.width, image.height]).toEqual([16, 16]);
    const at = (picture: Image, x: number, y: number) => [
      ...picture.data.slice((y * picture.width + x) * 3).slice(0, 3),
    ];
    expect(at(image, 15, 4)).toEqual(at(source, 12, 4));
    expect(at(image, 3, 15)).toEqual(at(source, 3, 8));
    expect(at(image, 15, 15)).toEqual(at(source, 12, 8));
    expect(restoreImage(image, placement)).toEqual(source);
  });

  it("at native size without restoring resizes down to multiples of 8", () => {
    const source = noiseImage(29, 17, 1);
    const { image, placement } = fitImage(source, { resolution: "native", restore: false });
    expect(image).toEqual(resize(source, { width: 24, height: 16 }));
    expect(restoreImage(image, placement)).toBe(image);
    expect(() => fitImage(noiseImage(7, 17, 1), { resolution: "native", restore: false })).toThrow(UsageError);
  });

  it("brings a preview of an eighth of the size back too", () => {
    const { placement } = fitImage(noiseImage(29, 17, 1), { resolution: "native" });
    const back = restoreImage(noiseImage(4, 3, 1), placement);
    expect([back.width, back.height]).toEqual([29, 17]);
  });

  it("shows the network colours without opacity, and gives opacity back", () => {
    const source = { ...noiseImage(80, 60, 1), alpha: noise(80 * 60, 2) };
    const { image, placement } = fitImage(source, { resolution: 64 });
    expect(image).toEqual(fitImage({ ...source, alpha: undefined }, { resolution: 64 }).image);
    expect(image.alpha).toBeUndefined();
    expect(restoreImage(image, placement).alpha).toEqual(source.alpha);
  });
});

function gradient(width: number, height: number): Image {
  const data = new Uint8Array(width * height * 3).map((_, i) => {
    const pixel = Math.trunc(i / 3);
    const [x, y] = [pixel % width, Math.trunc(pixel / width)];
    return Math.round(128 + 60 * Math.sin(x / 40 + (i % 3)) + 60 * Math.cos(y / 50));
  });
  return { width, height, data };
}

function maxDifference(a: Image, b: Image): number {
  return a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i])), 0);
}
