/** Pixel art: blocks of few colours with dark rims around objects. */

import { type Canvas, SCENE_SIZE } from "./canvas.ts";
import { BLOCK } from "./materials.ts";

const BLOCKS = SCENE_SIZE / BLOCK;
const LEVELS = 9;
/** What is left of a block's brightness at the rim of an object. */
const RIM = 0.72;

/** A block takes the mean colour of its objects' pixels where these are its majority, else that of the other pixels. */
export function drawInBlocks(canvas: Canvas): void {
  const solid = new Uint8Array(BLOCKS * BLOCKS);
  for (let block = 0; block < solid.length; block++)
    solid[block] = objectPixels(canvas, block) * 2 >= BLOCK * BLOCK ? 1 : 0;
  for (let block = 0; block < solid.length; block++) {
    const rgb = blockColour(canvas, block, solid[block] === 1);
    const shade = solid[block] === 1 && isRim(solid, block) ? RIM : 1;
    for (const pixel of pixelsOf(block)) {
      for (let c = 0; c < 3; c++) canvas.colour[pixel * 3 + c] = quantised(rgb[c] * shade);
    }
  }
}

function objectPixels({ region, regions }: Canvas, block: number): number {
  let count = 0;
  for (const pixel of pixelsOf(block)) if (regions[region[pixel]].object) count++;
  return count;
}

function blockColour({ colour, region, regions }: Canvas, block: number, solid: boolean): Float32Array {
  const sum = new Float32Array(3);
  let count = 0;
  for (const pixel of pixelsOf(block)) {
    if (regions[region[pixel]].object !== solid) continue;
    for (let c = 0; c < 3; c++) sum[c] += colour[pixel * 3 + c];
    count++;
  }
  return sum.map((value) => value / count);
}

/** Whether a block of an object touches one that is not. */
function isRim(solid: Uint8Array, block: number): boolean {
  const column = block % BLOCKS;
  return (
    (column > 0 && solid[block - 1] === 0) ||
    (column < BLOCKS - 1 && solid[block + 1] === 0) ||
    solid[block - BLOCKS] === 0 ||
    solid[block + BLOCKS] === 0
  );
}

function pixelsOf(block: number): number[] {
  const first = Math.floor(block / BLOCKS) * BLOCK * SCENE_SIZE + (block % BLOCKS) * BLOCK;
  return Array.from({ length: BLOCK * BLOCK }, (_, i) => first + Math.floor(i / BLOCK) * SCENE_SIZE + (i % BLOCK));
}

function quantised(value: number): number {
  const step = 255 / (LEVELS - 1);
  return Math.floor(Math.min(value, 255) / step + 0.5) * step;
}
