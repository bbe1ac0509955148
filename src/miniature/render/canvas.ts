/** The canvas: a picture being painted, and what lies where in it, which styles need to know. */

import type { Shape } from "./shapes.ts";

/** Width and height of a scene's picture, in pixels. */
export const SCENE_SIZE = 128;

/** Red, green, blue, 0 … 255, not rounded. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** What a material leaves on a pixel beside its colour. */
export const MARK = { none: 0, grain: 1, glint: 2, gloom: 3 } as const;

/** An area painted in one go. Later regions lie over earlier ones. */
export interface Region {
  /** Its colour under the scene's light, without shading or pattern. */
  readonly colour: Rgb;
  /** How strongly line-drawing styles outline it, 0 … 1. */
  readonly line: number;
  /** How much it shines where a style dims the picture, 0 … 1. */
  readonly glow: number;
  /** Whether it is part of an object, rather than of the world around. */
  readonly object: boolean;
}

export interface Canvas {
  /** [H, W, 3], 0 … 255. */
  readonly colour: Float32Array;
  /** [H, W]: index into `regions` of what is seen in a pixel. */
  readonly region: Uint8Array;
  readonly regions: Region[];
  /** [H, W]: a value of `MARK`. */
  readonly mark: Uint8Array;
  /** [H, W]: 0, or 1 + the index in `SLOTS` of the object that is seen in a pixel or shades it. */
  readonly owner: Uint8Array;
}

/** Writes the colour at a point, relative to the frame's origin and in pixels, to `rgb` and returns a value of `MARK`. */
export type Shade = (x: number, y: number, rgb: Float32Array) => number;

/** Where a shape's own coordinates lie on the canvas. */
export interface Frame {
  readonly x: number;
  readonly y: number;
  /** Pixels per unit. */
  readonly scale: number;
}

export interface Paint {
  readonly shade: Shade;
  /** Absent: what is seen in a pixel remains what it was; only the colour changes. */
  readonly region?: Region;
  readonly frame?: Frame;
  /** A rim around the shape, in pixels. Default none. */
  readonly outline?: { readonly colour: Rgb; readonly width: number };
  /** 0 … 1. Default 1. */
  readonly opacity?: number;
  /** Pixels over which the rim fades. Default 1. */
  readonly softness?: number;
  /** The value for `Canvas.owner`. Default 0: nobody's. */
  readonly owner?: number;
}

const WHOLE: Frame = { x: 0, y: 0, scale: 1 };

export function createCanvas(): Canvas {
  const pixels = SCENE_SIZE * SCENE_SIZE;
  return {
    colour: new Float32Array(pixels * 3),
    region: new Uint8Array(pixels),
    regions: [{ colour: [0, 0, 0], line: 0, glow: 0, object: false }],
    mark: new Uint8Array(pixels),
    owner: new Uint8Array(pixels),
  };
}

/** One colour everywhere. */
export function flat(colour: Rgb): Shade {
  return (_x, _y, rgb) => {
    rgb[0] = colour[0];
    rgb[1] = colour[1];
    rgb[2] = colour[2];
    return MARK.none;
  };
}

/** Paints a shape with anti-aliased rims over what is there. */
export function fill(canvas: Canvas, shape: Shape, paint: Paint): void {
  const { frame = WHOLE, outline, opacity = 1, softness = 1, owner = 0, shade } = paint;
  const width = outline?.width ?? 0;
  const rim = outline?.colour ?? [0, 0, 0];
  const id = paint.region === undefined ? -1 : canvas.regions.push(paint.region) - 1;
  const reach = width + softness;
  const left = Math.max(Math.floor(frame.x + shape.bounds[0] * frame.scale - reach), 0);
  const top = Math.max(Math.floor(frame.y + shape.bounds[1] * frame.scale - reach), 0);
  const right = Math.min(Math.floor(frame.x + shape.bounds[2] * frame.scale + reach) + 1, SCENE_SIZE);
  const bottom = Math.min(Math.floor(frame.y + shape.bounds[3] * frame.scale + reach) + 1, SCENE_SIZE);
  const rgb = new Float32Array(3);
  for (let row = top; row < bottom; row++) {
    const y = row + 0.5 - frame.y;
    for (let column = left; column < right; column++) {
      const x = column + 0.5 - frame.x;
      const distance = shape.distance(x / frame.scale, y / frame.scale) * frame.scale;
      const cover = unit(0.5 + (width - distance) / softness) * opacity;
      if (cover <= 0) continue;
      const pixel = row * SCENE_SIZE + column;
      const mark = shade(x, y, rgb);
      const inner = outline === undefined ? 1 : unit(0.5 - distance);
      for (let c = 0; c < 3; c++) {
        const painted = rim[c] + (rgb[c] - rim[c]) * inner;
        canvas.colour[pixel * 3 + c] += (painted - canvas.colour[pixel * 3 + c]) * cover;
      }
      if (owner > 0) canvas.owner[pixel] = owner;
      if (id < 0 || cover <= 0.5) continue;
      canvas.region[pixel] = id;
      canvas.mark[pixel] = inner > 0.5 ? mark : MARK.none;
    }
  }
}

/** `value` held to 0 … 1. */
export function unit(value: number): number {
  return Math.min(Math.max(value, 0), 1);
}

/** From `a` (amount 0) to `b` (amount 1). */
export function mix(a: Rgb, b: Rgb, amount: number): Rgb {
  return [a[0] + (b[0] - a[0]) * amount, a[1] + (b[1] - a[1]) * amount, a[2] + (b[2] - a[2]) * amount];
}

/** Colour times light, channel by channel. */
export function lit(colour: Rgb, light: Rgb): Rgb {
  return [colour[0] * light[0], colour[1] * light[1], colour[2] * light[2]];
}

export function scaled(colour: Rgb, factor: number): Rgb {
  return [colour[0] * factor, colour[1] * factor, colour[2] * factor];
}
