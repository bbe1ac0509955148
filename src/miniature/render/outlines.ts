/** Where regions meet: the lines that drawing styles draw. */

import { type Canvas, SCENE_SIZE } from "./canvas.ts";

export interface Outlines {
  /** [H, W]: how strong the line in a pixel is, 0 … 1. */
  readonly strength: Float32Array;
  /** [H, W]: the region that the line belongs to, the upper one of the two that meet. */
  readonly region: Uint8Array;
}

/** From a pixel to those left, right, above and below. */
const NEIGHBOURS = [-1, 1, -SCENE_SIZE, SCENE_SIZE] as const;

/** Lines along the inner rims of regions, and along the outer ones as strong as `outer` says (0 … 1). */
export function outlinesOf({ region, regions }: Canvas, outer: number): Outlines {
  const strength = new Float32Array(region.length);
  const owner = new Uint8Array(region.length);
  for (let pixel = 0; pixel < region.length; pixel++) {
    const column = pixel % SCENE_SIZE;
    const here = region[pixel];
    for (let side = 0; side < 4; side++) {
      const inside = side === 0 ? column > 0 : side === 1 ? column < SCENE_SIZE - 1 : true;
      const there = inside ? (region[pixel + NEIGHBOURS[side]] ?? here) : here;
      if (there === here) continue;
      const line = there < here ? regions[here].line : regions[there].line * outer;
      if (line <= strength[pixel]) continue;
      strength[pixel] = line;
      owner[pixel] = Math.max(here, there);
    }
  }
  return { strength, region: owner };
}

/** The mean over a square of 2 · `radius` + 1 pixels, row-major with `channels` values per pixel. */
export function blurred(values: Float32Array, channels: number, radius: number): Float32Array {
  const across = new Float32Array(values.length);
  const out = new Float32Array(values.length);
  mean(values, across, { step: channels, stride: SCENE_SIZE * channels, channels, radius });
  mean(across, out, { step: SCENE_SIZE * channels, stride: channels, channels, radius });
  return out;
}

interface Lines {
  /** From a value to the next on its line, and from a line to the next. */
  readonly step: number;
  readonly stride: number;
  readonly channels: number;
  readonly radius: number;
}

/** Running means along all lines; beyond the ends the end values go on. */
function mean(from: Float32Array, to: Float32Array, { step, stride, channels, radius }: Lines): void {
  const last = SCENE_SIZE - 1;
  for (let line = 0; line < SCENE_SIZE; line++) {
    for (let c = 0; c < channels; c++) {
      const start = line * stride + c;
      let sum = 0;
      for (let i = -radius; i <= radius; i++) sum += from[start + Math.min(Math.max(i, 0), last) * step];
      for (let i = 0; i <= last; i++) {
        to[start + i * step] = sum / (2 * radius + 1);
        sum += from[start + Math.min(i + radius + 1, last) * step] - from[start + Math.max(i - radius, 0) * step];
      }
    }
  }
}
