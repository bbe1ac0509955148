/** Styles of coloured light: neon signs and stained glass. */

import { type Canvas, MARK, type Rgb, SCENE_SIZE, unit } from "./canvas.ts";
import { blurred, outlinesOf } from "./outlines.ts";

/** Neon: a dimmed picture whose outlines shine in their regions' own hues. */
export function drawInNeon(canvas: Canvas): void {
  const { colour, region, regions, mark } = canvas;
  const outlines = outlinesOf(canvas, 0.55);
  const tubes = regions.map((each) => tubeColour(each.colour));
  const light = new Float32Array(colour.length);
  for (let pixel = 0; pixel < region.length; pixel++) {
    const here = regions[region[pixel]];
    const over = outlines.region[pixel];
    const strength = outlines.strength[pixel] * (regions[over].object ? 1 : 0.6);
    const ember = here.object ? 0 : 0.3 * here.glow;
    const pattern = mark[pixel] === MARK.grain ? 0.4 : mark[pixel] === MARK.glint ? 0.75 : 0;
    const dim = here.object ? 0.42 : 0.34 + 0.4 * here.glow;
    for (let c = 0; c < 3; c++) {
      const white = mark[pixel] === MARK.glint ? 255 : tubes[region[pixel]][c];
      light[pixel * 3 + c] = Math.max(
        tubes[over][c] * strength,
        white * Math.max(pattern * (1 - outlines.strength[pixel]), ember),
      );
      colour[pixel * 3 + c] *= dim;
    }
  }
  const halo = blurred(blurred(light, 3, 1), 3, 2);
  for (let i = 0; i < colour.length; i++) colour[i] += light[i] * 0.85 + halo[i] * 0.6;
}

/** A colour at full brightness; greys keep theirs, but black glimmers. */
function tubeColour(colour: Rgb): Rgb {
  const most = Math.max(...colour, 1);
  const saturation = 1 - Math.min(...colour) / most;
  const vivid = unit((saturation - 0.2) * 4);
  const gain = Math.max((255 / most) * vivid + (1 - vivid), 84 / most);
  return [colour[0] * gain, colour[1] * gain, colour[2] * gain];
}

const LEAD: Rgb = [26, 23, 30];
/** Pixels between parallel lead lines, along a row. */
const LATTICE = 48;
const CELLS = Math.ceil((2 * SCENE_SIZE) / LATTICE);
/** What remains of an object's shading in its panes. */
const RELIEF = 0.4;

/** Stained glass: saturated flat panes between lead lines; a fixed lattice parts sky and ground. */
export function drawInStainedGlass(canvas: Canvas): void {
  const { colour, region, regions, mark } = canvas;
  const outlines = outlinesOf(canvas, 0.8);
  const panes = paneColours(canvas);
  const rgb = new Float32Array(3);
  for (let pixel = 0; pixel < region.length; pixel++) {
    const here = regions[region[pixel]];
    const pane = paneOf(pixel, region[pixel]) * 3;
    const patterned = here.object && mark[pixel] !== MARK.none;
    const lead = Math.max(unit(outlines.strength[pixel] * 1.15), here.glow > 0 ? 0 : latticeAt(pixel));
    for (let c = 0; c < 3; c++) {
      const smooth = here.object ? here.colour[c] : panes[pane + c];
      rgb[c] = smooth + (colour[pixel * 3 + c] - smooth) * (patterned ? 1 : here.object ? RELIEF : 0);
    }
    saturate(rgb);
    for (let c = 0; c < 3; c++) colour[pixel * 3 + c] = rgb[c] + (LEAD[c] - rgb[c]) * lead;
  }
}

/** Mean colour of each region in each cell of the lattice. */
function paneColours({ colour, region, regions }: Canvas): Float32Array {
  const sums = new Float32Array(regions.length * CELLS * CELLS * 3);
  const counts = new Float32Array(regions.length * CELLS * CELLS);
  for (let pixel = 0; pixel < region.length; pixel++) {
    const pane = paneOf(pixel, region[pixel]);
    counts[pane]++;
    for (let c = 0; c < 3; c++) sums[pane * 3 + c] += colour[pixel * 3 + c];
  }
  for (let i = 0; i < sums.length; i++) sums[i] /= Math.max(counts[Math.floor(i / 3)], 1);
  return sums;
}

function paneOf(pixel: number, region: number): number {
  const x = pixel % SCENE_SIZE;
  const y = Math.floor(pixel / SCENE_SIZE);
  const falling = Math.floor((x - y + SCENE_SIZE) / LATTICE);
  const rising = Math.floor((x + y) / LATTICE);
  return (region * CELLS + falling) * CELLS + rising;
}

/** 1 on the lattice's lines, two pixels wide. */
function latticeAt(pixel: number): number {
  const x = pixel % SCENE_SIZE;
  const y = Math.floor(pixel / SCENE_SIZE);
  const falling = (x - y + SCENE_SIZE) % LATTICE;
  const rising = (x + y) % LATTICE;
  return falling < 2 || rising < 2 ? 0.9 : 0;
}

function saturate(rgb: Float32Array): void {
  const grey = rgb[0] * 0.3 + rgb[1] * 0.59 + rgb[2] * 0.11;
  for (let c = 0; c < 3; c++) rgb[c] = Math.min(Math.max(grey + (rgb[c] - grey) * 1.4, 0), 255);
}
