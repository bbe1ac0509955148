/** How two pictures differ: where, how strongly, and in how much of the area. */

export interface Difference {
  /** RGBA of the heat map, of the size of the first picture. */
  readonly heat: Uint8ClampedArray<ArrayBuffer>;
  /** Part of the pixels that a person could tell apart, 0 … 1. */
  readonly changed: number;
}

/** A channel that differs by more than this (of 255) counts as changed: less is the autoencoder's noise. */
const VISIBLE = 8;

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
  for (let i = 0; i < a.length; i += 4) {
    const most = Math.max(
      Math.abs((a[i] ?? 0) - (b[i] ?? 0)),
      Math.abs((a[i + 1] ?? 0) - (b[i + 1] ?? 0)),
      Math.abs((a[i + 2] ?? 0) - (b[i + 2] ?? 0)),
    );
    if (most > VISIBLE) changed++;
    paint(heat, i, Math.min(1, (most / 255) * gain));
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
