/** What objects are made of: their colours, and how plain, wooden and metal surfaces are shaded. */

import type { Colour, Material } from "../scene.ts";
import { lit, MARK, mix, type Rgb, type Shade, scaled, unit } from "./canvas.ts";

export const COLOUR_VALUES: Readonly<Record<Colour, Rgb>> = {
  red: [222, 38, 44],
  orange: [248, 126, 20],
  yellow: [255, 228, 58],
  green: [44, 176, 76],
  blue: [40, 98, 228],
  purple: [166, 64, 208],
  white: [246, 246, 244],
  black: [60, 60, 70],
};

const BARK: Rgb = [84, 46, 18];
/** Grain must be seen on black too, where dark lines would vanish. */
const PALE_BARK: Rgb = [168, 110, 64];
const SHINE: Rgb = [255, 255, 255];

/** Pixels from one band of grain to the next, and from one metal highlight to the next. */
const GRAIN_PERIOD = 11;
const SHINE_PERIOD = 15;
/** The size of an object's blocks in pixel art: there, patterns are whole blocks. */
export const FINE_BLOCK = 2;

/** A surface's colours under the scene's light. */
export interface Surface {
  readonly base: Rgb;
  readonly outline: Rgb;
  readonly shade: Shade;
}

export interface SurfaceOptions {
  readonly material: Material;
  readonly light: Rgb;
  /** The object's size in pixels: shading runs once across it. */
  readonly size: number;
  /** Patterns in blocks for pixel art; the object's origin on the canvas places them. */
  readonly blocks?: { readonly x: number; readonly y: number };
}

/** The surface of an object part. Coordinates are pixels from the middle of the object's lower edge. */
export function surface(colour: Rgb, { material, light, size, blocks }: SurfaceOptions): Surface {
  const lighted = lit(colour, light);
  const dark = colour[0] + colour[1] + colour[2] < 240;
  const grain = mix(lighted, lit(dark ? PALE_BARK : BARK, light), 0.8);
  const wood = mix(lighted, grain, dark ? 0.12 : 0.3);
  const shine = mix(lighted, lit(SHINE, light), dark ? 0.72 : 0.86);
  const steel = scaled(lighted, 0.82);
  const gloom = scaled(lighted, 0.52);
  // Black shows its form by its highlights: there is nothing darker to shade it with.
  const polish = !dark ? 0 : material === "wooden" ? 20 : 64;
  const outline = dark ? scaled(lighted, 0.4) : scaled(lighted, material === "metal" ? 0.34 : 0.5);
  return {
    base: lighted,
    outline,
    shade: (x, y, rgb) => {
      const across = unit((x + y) / (2 * size) + 0.5);
      const roundness = 1.1 - 0.3 * across;
      let paint = lighted;
      let amount = 0;
      let target = lighted;
      let mark: number = MARK.none;
      if (material === "wooden") {
        paint = wood;
        target = grain;
        amount = blocks === undefined ? grainAt(x, y) : blockGrainAt(y + blocks.y);
        if (amount > 0.5) mark = MARK.grain;
      } else if (material === "metal") {
        paint = steel;
        const sheen = blocks === undefined ? sheenAt(x, y) : blockSheenAt(x + blocks.x, y + blocks.y);
        target = sheen > 0 ? shine : gloom;
        amount = Math.abs(sheen);
        if (amount > 0.5) mark = sheen > 0 ? MARK.glint : MARK.gloom;
      }
      const lift = polish * unit(0.55 - across);
      for (let c = 0; c < 3; c++) {
        rgb[c] = Math.min((paint[c] + (target[c] - paint[c]) * amount) * roundness + lift, 255);
      }
      return mark;
    },
  };
}

/** 1 on a line of grain, 0 between lines: horizontal bands that bow like planks of a round trunk. */
function grainAt(x: number, y: number): number {
  const phase = (y + 0.012 * x * x) / GRAIN_PERIOD;
  const offset = Math.abs(phase - Math.floor(phase) - 0.5) * GRAIN_PERIOD;
  return unit(3.2 - offset);
}

/** 1 in a highlight, −1 in a dark band, 0 between: diagonal bands. */
function sheenAt(x: number, y: number): number {
  const phase = (x + y) * (0.7 / SHINE_PERIOD) + 0.45;
  const offset = (phase - Math.floor(phase)) * SHINE_PERIOD;
  return unit(2.3 - Math.abs(offset - 4)) - unit(1.8 - Math.abs(offset - 10.5));
}

function blockGrainAt(y: number): number {
  return modulo(Math.floor(y / FINE_BLOCK), 6) < 3 ? 1 : 0;
}

function blockSheenAt(x: number, y: number): number {
  const step = modulo(Math.floor(x / FINE_BLOCK) + Math.floor(y / FINE_BLOCK), 9);
  return step < 3 ? 1 : step === 5 || step === 6 ? -1 : 0;
}

function modulo(value: number, divisor: number): number {
  return value - Math.floor(value / divisor) * divisor;
}
