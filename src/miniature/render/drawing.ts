/** Styles on paper: coloured pencil and watercolour. */

import { type Canvas, type Rgb, SCENE_SIZE, unit } from "./canvas.ts";
import { blurred, outlinesOf } from "./outlines.ts";

const PENCIL_PAPER: Rgb = [252, 250, 243];
const PENCIL_INK: Rgb = [62, 58, 70];
/** Pixels from one stroke of hatching to the next, along a row. */
const HATCH_PERIOD = 5;

/** Coloured pencil: pale diagonal strokes on white paper, dark outlines. Objects are hatched the other way. */
export function drawInPencil(canvas: Canvas): void {
  const { colour, region, regions } = canvas;
  const lines = outlinesOf(canvas, 0.3);
  for (let pixel = 0; pixel < region.length; pixel++) {
    const x = pixel % SCENE_SIZE;
    const y = Math.floor(pixel / SCENE_SIZE);
    const { object } = regions[region[pixel]];
    const phase = (object ? x - y + 2 * SCENE_SIZE : x + y) % HATCH_PERIOD;
    const stroke = unit(1.75 - Math.abs(phase - 2));
    const pressure = (object ? 0.7 : 0.4) + (object ? 0.24 : 0.4) * stroke;
    const ink = lines.strength[pixel] * 0.86;
    for (let c = 0; c < 3; c++) {
      const drawn = PENCIL_PAPER[c] + (colour[pixel * 3 + c] - PENCIL_PAPER[c]) * pressure;
      colour[pixel * 3 + c] = drawn + (PENCIL_INK[c] - drawn) * ink;
    }
  }
}

const RAG_PAPER: Rgb = [250, 245, 232];
/** Width of the paper's bare margin, in pixels. */
const MARGIN = 4;

/** Watercolour: light washes that run into each other a little, pigment pooled along the rims, a bare margin. */
export function paintInWatercolour(canvas: Canvas): void {
  const { colour, region, regions } = canvas;
  const wash = blurred(blurred(colour, 3, 1), 3, 1);
  const pools = blurred(outlinesOf(canvas, 0.2).strength, 1, 1);
  for (let pixel = 0; pixel < region.length; pixel++) {
    const x = pixel % SCENE_SIZE;
    const y = Math.floor(pixel / SCENE_SIZE);
    const { object } = regions[region[pixel]];
    const bleed = object ? 0.35 : 1;
    const pigment = (object ? 0.88 : 0.7) * painted(x, y);
    const pool = 1 - 0.6 * Math.min(pools[pixel], 0.6);
    for (let c = 0; c < 3; c++) {
      const i = pixel * 3 + c;
      const wet = (colour[i] + (wash[i] - colour[i]) * bleed) * pool;
      colour[i] = RAG_PAPER[c] + (wet - RAG_PAPER[c]) * pigment;
    }
  }
}

/** 0 on the bare margin, 1 on the wash: its rim waves along the sheet. */
function painted(x: number, y: number): number {
  const wave = (t: number) => {
    const u = Math.abs((t % 24) / 12 - 1);
    return 2.4 * u * u * (3 - 2 * u);
  };
  const inset = Math.min(Math.min(x, SCENE_SIZE - 1 - x) - wave(y), Math.min(y, SCENE_SIZE - 1 - y) - wave(x + 7));
  return unit((inset - MARGIN + 2.5) / 2.5);
}
