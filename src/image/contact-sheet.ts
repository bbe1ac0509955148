/** Several pictures side by side in one: previews, comparisons, figures. */

import { UsageError } from "../errors.ts";
import type { Image } from "./image.ts";

export interface ContactSheetOptions {
  /** Pictures in a row. Default: all in one row. */
  readonly columns?: number;
  /** Pixels between pictures; there are none around them. Default 8. */
  readonly gutter?: number;
  /** Colour between pictures and under transparent ones, 0–255 each. Default white. */
  readonly background?: readonly [red: number, green: number, blue: number];
}

/**
 * Lays pictures out row by row, each centred in a cell of the largest width and height among them.
 *
 * @throws UsageError without pictures, or for a number of columns or a gutter that is none.
 */
export function contactSheet(images: readonly Image[], options: ContactSheetOptions = {}): Image {
  const { columns = images.length, gutter = 8, background = [255, 255, 255] } = options;
  if (images.length === 0) throw new UsageError("expected at least one picture for a contact sheet");
  if (!(Number.isInteger(columns) && columns >= 1 && Number.isInteger(gutter) && gutter >= 0)) {
    throw new UsageError(`expected at least 1 column and a gutter of 0 or more pixels, got ${columns} and ${gutter}`);
  }
  const across = Math.min(columns, images.length);
  const down = Math.ceil(images.length / across);
  const cellWidth = Math.max(...images.map((image) => image.width));
  const cellHeight = Math.max(...images.map((image) => image.height));
  const width = across * (cellWidth + gutter) - gutter;
  const height = down * (cellHeight + gutter) - gutter;
  const data = new Uint8Array(width * height * 3).map((_, i) => background[i % 3]);
  for (const [n, image] of images.entries()) {
    const left = (n % across) * (cellWidth + gutter) + Math.trunc((cellWidth - image.width) / 2);
    const top = Math.trunc(n / across) * (cellHeight + gutter) + Math.trunc((cellHeight - image.height) / 2);
    for (let y = 0; y < image.height; y++) paste(image, y, data, ((top + y) * width + left) * 3);
  }
  return { width, height, data };
}

/** Lays row `y` of a picture over the bytes from `offset` on. */
function paste(image: Image, y: number, onto: Uint8Array, offset: number): void {
  const first = y * image.width;
  if (image.alpha === undefined) {
    onto.set(image.data.subarray(first * 3, (first + image.width) * 3), offset);
    return;
  }
  for (let i = 0; i < image.width * 3; i++) {
    const opacity = image.alpha[first + Math.trunc(i / 3)];
    onto[offset + i] = Math.round((image.data[first * 3 + i] * opacity + onto[offset + i] * (255 - opacity)) / 255);
  }
}
