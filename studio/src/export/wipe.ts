/** Before turning into after and back, as a GIF for places that show nothing else. */

import { encodeGif, type Frame } from "./gif.ts";
import { indexed, paletteOf } from "./palette.ts";

/** Long side, in pixels. */
const MOST = 512;
const STEPS = 20;
/** Hundredths of a second. */
const STEP_DELAY = 4;
const REST_DELAY = 90;
/** Width of the divider, in pixels. */
const LINE = 2;

/** A GIF of the divider going over the picture and back. */
export async function wipe(before: ImageBitmap, after: ImageBitmap): Promise<Blob> {
  const factor = Math.min(1, MOST / Math.max(before.width, before.height));
  const width = Math.max(1, Math.round(before.width * factor));
  const height = Math.max(1, Math.round(before.height * factor));
  const [from, to] = [before, after].map((bitmap) => pixelsOf(bitmap, width, height));
  if (from === undefined || to === undefined) throw new Error("This browser gives no canvas to draw on.");
  const palette = paletteOf([from, to, Uint8ClampedArray.of(255, 255, 255, 255)]);
  const [a, b] = [indexed(from, width, palette), indexed(to, width, palette)];
  const white = indexed(Uint8ClampedArray.of(255, 255, 255, 255), 1, palette)[0] ?? 0;
  const picture = { width, height, before: a, after: b, line: white };
  const file = encodeGif({ width, height, palette, frames: framesOf(picture) });
  return new Blob([file], { type: "image/gif" });
}

interface Wiped {
  readonly width: number;
  readonly height: number;
  /** Indices into the palette. */
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  readonly line: number;
}

/** The frames: the first is whole, each later one only the strip that changes. */
export function framesOf(picture: Wiped): Frame[] {
  const { width, height, before } = picture;
  // Where the divider stands, from nothing of the result to all of it.
  const places = Array.from({ length: STEPS + 1 }, (_, i) => Math.round(width * eased(i / STEPS)));
  const round = [...places, ...places.slice(0, -1).reverse()];
  const frames: Frame[] = [{ left: 0, top: 0, width, height, indices: before, delay: REST_DELAY }];
  for (let i = 1; i < round.length; i++) {
    const [last = 0, now = 0] = [round[i - 1], round[i]];
    const left = Math.max(0, Math.min(last, now) - LINE);
    const right = Math.min(width, Math.max(last, now) + LINE);
    const delay = now === 0 || now === width ? REST_DELAY : STEP_DELAY;
    frames.push({ left, top: 0, width: right - left, height, indices: strip(picture, now, left, right), delay });
  }
  return frames;
}

/** The columns from `left` to `right` with the divider at `place`: the result lies left of it. */
function strip({ width, height, before, after, line }: Wiped, place: number, left: number, right: number): Uint8Array {
  const indices = new Uint8Array((right - left) * height);
  const hasLine = place > 0 && place < width;
  for (let y = 0; y < height; y++) {
    for (let x = left; x < right; x++) {
      const at = y * width + x;
      const isLine = hasLine && Math.abs(x + 0.5 - place) < LINE;
      indices[y * (right - left) + x - left] = isLine ? line : ((x < place ? after[at] : before[at]) ?? 0);
    }
  }
  return indices;
}

/** Slow at both ends. */
function eased(t: number): number {
  return t * t * (3 - 2 * t);
}

function pixelsOf(bitmap: ImageBitmap, width: number, height: number): Uint8ClampedArray | undefined {
  const context = new OffscreenCanvas(width, height).getContext("2d");
  if (context === null) return undefined;
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  return context.getImageData(0, 0, width, height).data;
}
