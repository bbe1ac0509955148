/** The parts that objects are made of. An object lies in a box 40 units wide and high: x from −20 to 20, y from −40 to 0. */

import type { Rgb } from "./canvas.ts";
import type { Shape } from "./shapes.ts";

export interface Part {
  readonly shape: Shape;
  /** `body` has the object's colour and material, `shade` too but darker; `seam` is a line drawn on them. Else an accent. */
  readonly paint: "body" | "shade" | "seam" | Rgb;
  /** How strongly line-drawing styles outline it, 0 … 1; 0 has no outline at all. */
  readonly line: number;
}

export const INK: Rgb = [48, 40, 50];
export const GLASS: Rgb = [186, 226, 248];
export const TIMBER: Rgb = [126, 82, 48];
export const CREAM: Rgb = [250, 240, 214];
export const STEEL: Rgb = [158, 164, 176];
export const GOLD: Rgb = [252, 208, 72];
export const LEAF: Rgb = [92, 160, 62];
export const PINK: Rgb = [244, 130, 160];

export function body(shape: Shape): Part {
  return { shape, paint: "body", line: 1 };
}

export function shade(shape: Shape): Part {
  return { shape, paint: "shade", line: 1 };
}

export function accent(paint: Rgb, shape: Shape): Part {
  return { shape, paint, line: 0.7 };
}

/** An accent too small to be outlined. */
export function detail(paint: Rgb, shape: Shape): Part {
  return { shape, paint, line: 0 };
}

export function seam(shape: Shape): Part {
  return { shape, paint: "seam", line: 0 };
}
