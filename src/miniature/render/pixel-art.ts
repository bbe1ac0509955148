/** Pixel art: coarse blocks of few colours, and before them finer ones with dark rims for objects, as sprites are. */

import { type Canvas, SCENE_SIZE } from "./canvas.ts";
import { FINE_BLOCK } from "./materials.ts";

const COARSE_BLOCK = 4;
const LEVELS = 9;
/** What is left of a block's brightness at the rim of an object. */
const RIM = 0.55;

/** A block takes the mean colour of its objects' pixels where these are its majority, else that of the other pixels. */
export function drawInBlocks(canvas: Canvas): void {
  const original = canvas.colour.slice();
  const ofObjects = canvas.region.map((id) => (canvas.regions[id].object ? 1 : 0));
  const blocks: Blocks = { canvas, original, ofObjects };
  for (let y = 0; y < SCENE_SIZE; y += COARSE_BLOCK) {
    for (let x = 0; x < SCENE_SIZE; x += COARSE_BLOCK) paintBlock(blocks, { x, y, size: COARSE_BLOCK, layer: 0 });
  }
  for (let y = 0; y < SCENE_SIZE; y += FINE_BLOCK) {
    for (let x = 0; x < SCENE_SIZE; x += FINE_BLOCK) {
      if (isSolid(ofObjects, x, y)) paintBlock(blocks, { x, y, size: FINE_BLOCK, layer: 1 });
    }
  }
}

interface Blocks {
  readonly canvas: Canvas;
  readonly original: Float32Array;
  /** [H, W]: 1 where an object is seen. */
  readonly ofObjects: Uint8Array;
}

interface Block {
  readonly x: number;
  readonly y: number;
  readonly size: number;
  /** 0 takes the colours of the world around, 1 those of objects. */
  readonly layer: number;
}

function paintBlock({ canvas, original, ofObjects }: Blocks, { x, y, size, layer }: Block): void {
  const shade = layer === 1 && isRim(ofObjects, x, y) ? RIM : 1;
  for (let c = 0; c < 3; c++) {
    let sum = 0;
    let count = 0;
    for (let i = 0; i < size * size; i++) {
      const pixel = (y + Math.floor(i / size)) * SCENE_SIZE + x + (i % size);
      if (ofObjects[pixel] !== layer) continue;
      sum += original[pixel * 3 + c];
      count++;
    }
    if (count === 0) continue;
    const value = quantised((sum / count) * shade);
    for (let i = 0; i < size * size; i++) {
      canvas.colour[((y + Math.floor(i / size)) * SCENE_SIZE + x + (i % size)) * 3 + c] = value;
    }
  }
}

/** Whether objects have the majority in a fine block. */
function isSolid(ofObjects: Uint8Array, x: number, y: number): boolean {
  const first = y * SCENE_SIZE + x;
  const below = first + SCENE_SIZE;
  return ofObjects[first] + ofObjects[first + 1] + ofObjects[below] + ofObjects[below + 1] >= 2;
}

/** Whether a fine block of an object touches one that is not. */
function isRim(ofObjects: Uint8Array, x: number, y: number): boolean {
  return (
    (x > 0 && !isSolid(ofObjects, x - FINE_BLOCK, y)) ||
    (x < SCENE_SIZE - FINE_BLOCK && !isSolid(ofObjects, x + FINE_BLOCK, y)) ||
    !isSolid(ofObjects, x, y - FINE_BLOCK) ||
    !isSolid(ofObjects, x, y + FINE_BLOCK)
  );
}

function quantised(value: number): number {
  const step = 255 / (LEVELS - 1);
  return Math.floor(Math.min(value, 255) / step + 0.5) * step;
}
