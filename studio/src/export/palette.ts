/** The colours of a GIF: 256 that stand for all of a picture's, by median cut (Heckbert 1982). */

/** r, g, b of up to 256 colours. */
export type Palette = Uint8Array;

const COLOURS = 256;
/** Bits of each channel that tell colours apart. */
const BITS = 5;
const CHANNELS = [0, 1, 2] as const;

interface Colour {
  readonly rgb: readonly [number, number, number];
  readonly count: number;
}

interface Box {
  readonly colours: readonly Colour[];
  readonly count: number;
  /** The channel it is widest in, and what cutting it there is worth. */
  readonly channel: 0 | 1 | 2;
  readonly gain: number;
}

/** A palette for the pixels of several RGBA pictures. */
export function paletteOf(pictures: readonly Uint8ClampedArray[]): Palette {
  const sums = new Float64Array(4 << (3 * BITS));
  for (const pixels of pictures) {
    for (let i = 0; i < pixels.length; i += 4) {
      const at = 4 * keyOf(pixels, i);
      for (let c = 0; c < 3; c++) sums[at + c] = (sums[at + c] ?? 0) + (pixels[i + c] ?? 0);
      sums[at + 3] = (sums[at + 3] ?? 0) + 1;
    }
  }
  const colours: Colour[] = [];
  for (let at = 0; at < sums.length; at += 4) {
    const [r = 0, g = 0, b = 0, count = 0] = sums.subarray(at, at + 4);
    if (count > 0) colours.push({ rgb: [r / count, g / count, b / count], count });
  }
  const means = cut(colours).flatMap(({ colours, count }) =>
    CHANNELS.map((c) => Math.round(colours.reduce((sum, each) => sum + each.rgb[c] * each.count, 0) / count)),
  );
  return Uint8Array.from(means);
}

/** Cuts the box with most to gain in two, until there are enough. */
function cut(colours: readonly Colour[]): Box[] {
  const boxes = [boxOf(colours)];
  while (boxes.length < COLOURS) {
    const best = boxes.reduce((best, { gain }, i) => (gain > (boxes[best]?.gain ?? 0) ? i : best), 0);
    const box = boxes[best];
    if (box === undefined || box.gain === 0) break;
    const { channel, count } = box;
    const sorted = [...box.colours].sort((a, b) => a.rgb[channel] - b.rgb[channel]);
    let at = 0;
    for (let half = sorted[0]?.count ?? 0; at < sorted.length - 2 && half <= count / 2; at++)
      half += sorted[at + 1]?.count ?? 0;
    boxes.splice(best, 1, boxOf(sorted.slice(0, at + 1)), boxOf(sorted.slice(at + 1)));
  }
  return boxes;
}

function boxOf(colours: readonly Colour[]): Box {
  const count = colours.reduce((sum, each) => sum + each.count, 0);
  const widths = CHANNELS.map((c) => {
    let [least, most] = [Infinity, -Infinity];
    for (const { rgb } of colours) {
      least = Math.min(least, rgb[c]);
      most = Math.max(most, rgb[c]);
    }
    return most - least;
  });
  const width = Math.max(...widths);
  const channel = CHANNELS.find((c) => widths[c] === width) ?? 0;
  return { colours, count, channel, gain: colours.length < 2 ? 0 : width * Math.sqrt(count) };
}

function keyOf(pixels: Uint8ClampedArray, i: number): number {
  const shift = 8 - BITS;
  return (
    (((pixels[i] ?? 0) >> shift) << (2 * BITS)) |
    (((pixels[i + 1] ?? 0) >> shift) << BITS) |
    ((pixels[i + 2] ?? 0) >> shift)
  );
}

/** Order in which neighbouring pixels round up (Bayer 1973): still where the picture is still. */
const ORDER = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5];
const DITHER = 8;

/** Each pixel as an index into the palette; between two colours, pixels take turns. */
export function indexed(pixels: Uint8ClampedArray, width: number, palette: Palette): Uint8Array {
  const known = new Map<number, number>();
  const indices = new Uint8Array(pixels.length / 4);
  const rgb = [0, 0, 0];
  for (let p = 0; p < indices.length; p++) {
    const x = p % width;
    const y = Math.trunc(p / width);
    const push = ((ORDER[(y % 4) * 4 + (x % 4)] ?? 0) / 15 - 0.5) * DITHER;
    for (let c = 0; c < 3; c++) rgb[c] = Math.min(255, Math.max(0, Math.round((pixels[4 * p + c] ?? 0) + push)));
    const key = ((rgb[0] ?? 0) << 16) | ((rgb[1] ?? 0) << 8) | (rgb[2] ?? 0);
    const index = known.get(key) ?? nearest(rgb, palette);
    known.set(key, index);
    indices[p] = index;
  }
  return indices;
}

function nearest(rgb: readonly number[], palette: Palette): number {
  let best = 0;
  let least = Infinity;
  for (let i = 0; i < palette.length; i += 3) {
    const r = (palette[i] ?? 0) - (rgb[0] ?? 0);
    const g = (palette[i + 1] ?? 0) - (rgb[1] ?? 0);
    const b = (palette[i + 2] ?? 0) - (rgb[2] ?? 0);
    const distance = 2 * r * r + 4 * g * g + 3 * b * b;
    if (distance < least) {
      least = distance;
      best = i / 3;
    }
  }
  return best;
}
