/** Contact sheets: where each pixel goes. */

import { describe, expect, it } from "vitest";
import { noiseImage } from "../../test/golden/image/noise.ts";
import { UsageError } from "../errors.ts";
import { contactSheet } from "./contact-sheet.ts";
import type { Image } from "./image.ts";

const at = ({ data, width }: Image, x: number, y: number) => [...data.slice((y * width + x) * 3).slice(0, 3)];

describe("contactSheet", () => {
  it("lays pictures out in rows of cells, centred, on the background", () => {
    const images = [noiseImage(4, 3, 1), noiseImage(2, 3, 2), noiseImage(4, 1, 3)];
    const sheet = contactSheet(images, { columns: 2, gutter: 1, background: [1, 2, 3] });
    expect([sheet.width, sheet.height]).toEqual([9, 7]);
    expect(at(sheet, 0, 0)).toEqual(at(images[0], 0, 0));
    expect(at(sheet, 3, 2)).toEqual(at(images[0], 3, 2));
    expect(at(sheet, 4, 2)).toEqual([1, 2, 3]);
    expect(at(sheet, 5, 0)).toEqual([1, 2, 3]);
    expect(at(sheet, 6, 0)).toEqual(at(images[1], 0, 0));
    expect(at(sheet, 7, 2)).toEqual(at(images[1], 1, 2));
    expect(at(sheet, 0, 4)).toEqual([1, 2, 3]);
    expect(at(sheet, 3, 5)).toEqual(at(images[2], 3, 0));
    expect(at(sheet, 8, 6)).toEqual([1, 2, 3]);
  });

  it("puts all in one row unless told, no wider than the pictures need", () => {
    const images = [noiseImage(4, 3, 1), noiseImage(4, 3, 2)];
    expect(contactSheet(images)).toMatchObject({ width: 16, height: 3 });
    expect(contactSheet(images, { columns: 5, gutter: 0 })).toMatchObject({ width: 8, height: 3 });
  });

  it("shows the background through transparent pixels", () => {
    const image = { width: 3, height: 1, data: new Uint8Array(9).fill(200), alpha: Uint8Array.of(0, 51, 255) };
    const sheet = contactSheet([image], { background: [100, 0, 50] });
    expect([...sheet.data]).toEqual([100, 0, 50, 120, 40, 80, 200, 200, 200]);
  });

  it("refuses nothing and layouts that are none", () => {
    expect(() => contactSheet([])).toThrow(UsageError);
    expect(() => contactSheet([noiseImage(2, 2, 1)], { columns: 0 })).toThrow(UsageError);
    expect(() => contactSheet([noiseImage(2, 2, 1)], { gutter: -1 })).toThrow(UsageError);
  });
});
