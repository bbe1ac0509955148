/** How two pictures differ: where, how strongly, and in how much of the area. */

export interface Difference {
  /** RGBA of the heat map, of the size of the first picture. */
  readonly heat: Uint8ClampedArray<ArrayBuffer>;
  /** Part of the pixels that a person could tell apart, 0 … 1. */
  readonly changed: number;
}

/** A channel that differs by more than this (of 255) counts as changed: less is the autoencoder's noise. */
export const VISIBLE = 8;

/** For each pixel the largest difference of a channel, 0 … 255. */
export type PixelChange = Float32Array;

/** How RGBA of two pictures of one size differ, pixel by pixel. */
export function changeOf(a: Uint8ClampedArray, b: Uint8ClampedArray): PixelChange {
  return Float32Array.from({ length: a.length / 4 }, (_, pixel) =>
    Math.max(...[0, 1, 2].map((c) => Math.abs((a[4 * pixel + c] ?? 0) - (b[4 * pixel + c] ?? 0)))),
  );
}

/** From no change to a strong one; each stop is r, g, b at an equal distance. */
const STOPS = [
  [18, 16, 20],
  [84, 27, 60],
  [186, 48, 50],
  [240, 122, 44],
  [255, 236, 160],
] as const;

/** Compares RGBA of two pictures of one size. @param gain how much weak differences are brought out */
export function differ(a: Uint8ClampedArray, b: Uint8ClampedArray, gain = 2.5): Difference {
  const heat = new Uint8ClampedArray(a.length);
  let changed = 0;
  for (const [pixel, most] of changeOf(a, b).entries()) {
    if (most > VISIBLE) changed++;
    paint(heat, 4 * pixel, Math.min(1, (most / 255) * gain));
  }
  return { heat, changed: (4 * changed) / Math.max(4, a.length) };
}

function paint(heat: Uint8ClampedArray, i: number, strength: number): void {
  const place = strength * (STOPS.length - 1);
  const low = STOPS[Math.min(STOPS.length - 1, Math.floor(place))] ?? STOPS[0];
  const high = STOPS[Math.min(STOPS.length - 1, Math.floor(place) + 1)] ?? STOPS[0];
  const between = place - Math.floor(place);
  for (let c = 0; c < 3; c++) heat[i + c] = Math.round((low[c] ?? 0) + ((high[c] ?? 0) - (low[c] ?? 0)) * between);
  heat[i + 3] = 255;
}
