import { expect, it } from "vitest";
import { crop, cropPlane } from "./crop.ts";
import type { Image } from "./image.ts";

const image: Image = { width: 4, height: 3, data: Uint8Array.from({ length: 36 }, (_, i) => i) };

it("cuts whole pixels out of a picture", () => {
  const cut = crop(image, { left: 1, top: 1, width: 2, height: 2 });
  expect(cut).toEqual({ width: 2, height: 2, data: Uint8Array.of(15, 16, 17, 18, 19, 20, 27, 28, 29, 30, 31, 32) });
});

it("gives the picture itself where all of it is wanted", () => {
  expect(crop(image, { left: 0, top: 0, width: 4, height: 3 })).toBe(image);
});

it("cuts numbers of either kind", () => {
  const plane = Float32Array.of(1, 2, 3, 4, 5, 6);
  expect(cropPlane(plane, 3, { left: 1, top: 0, width: 2, height: 2 })).toEqual(Float32Array.of(2, 3, 5, 6));
});
