/** The tool that makes a mask. */

import type { Size } from "./zoom.ts";

export type MaskTool = "brush" | "eraser" | "rectangle";

export interface Brush {
  readonly tool: MaskTool;
  /** Diameter, as a part of the picture's long side. */
  readonly part: number;
}

export const SMALLEST_PART = 0.005;
export const LARGEST_PART = 0.4;

export const INITIAL_BRUSH: Brush = { tool: "brush", part: 0.08 };

/** Diameter in pixels of the picture. */
export function diameter({ part }: Brush, { width, height }: Size): number {
  return Math.max(1, part * Math.max(width, height));
}

/** One step larger (`direction` 1) or smaller (-1). */
export function resized(brush: Brush, direction: 1 | -1): Brush {
  const part = brush.part * (direction === 1 ? 1.2 : 1 / 1.2);
  return { ...brush, part: Math.min(LARGEST_PART, Math.max(SMALLEST_PART, part)) };
}
