/** Where a scene's objects stand, and painting them. */

import { type Scene, type SceneObject, type Size, SLOTS, type Slot, type Style } from "../scene.ts";
import { type Canvas, fill, flat, lit, type Rgb, SCENE_SIZE, scaled } from "./canvas.ts";
import { KIND_PARTS } from "./kinds.ts";
import { COLOUR_VALUES, FINE_BLOCK, type Surface, type SurfaceOptions, surface } from "./materials.ts";
import { scatter } from "./scatter.ts";
import { ellipse } from "./shapes.ts";

/** Where the middle of an object's lower edge lies, in pixels, before the layout displaces it. */
const GROUND_Y = 105;
const SKY_MIDDLE = 26;
const SLOT_X: Readonly<Record<Slot, number>> = { left: 23, middle: 64, right: 105, sky: 64 };
/** From the back to the front. */
const DRAW_ORDER: readonly Slot[] = ["sky", "left", "middle", "right"];

/** Height and width of an object's box, in pixels. */
export const SIZE_PIXELS: Readonly<Record<Size, number>> = { small: 32, large: 46 };

/** Units of an object's own box. */
const UNITS = 40;
const OUTLINE_WIDTH = 1.1;

interface Placement {
  readonly x: number;
  readonly y: number;
  readonly size: number;
}

/** The place of an object: displaced by the layout, and on the grid in pixel art. */
function placementOf(scene: Scene, slot: Slot, size: Size): Placement {
  const roll = scatter(scene.layout, SLOTS.indexOf(slot));
  const pixels = SIZE_PIXELS[size];
  const x = SLOT_X[slot] + (roll % 7) - 3;
  const bottom = slot === "sky" ? SKY_MIDDLE + pixels / 2 : GROUND_Y;
  const y = bottom + (Math.floor(roll / 7) % 5) - 2;
  if (scene.style !== "pixel-art") return { x, y, size: pixels };
  const half = pixels / 2;
  return { x: snapped(x - half) + half, y: snapped(y), size: pixels };
}

function snapped(value: number): number {
  return Math.floor(value / FINE_BLOCK + 0.5) * FINE_BLOCK;
}

/** Paints all objects with their shadows. `light` is what time and weather make of their colours. */
export function paintObjects(canvas: Canvas, scene: Scene, light: Rgb): void {
  const present = DRAW_ORDER.flatMap((slot) => {
    const object = scene.objects[slot];
    return object === undefined ? [] : [{ slot, object, placement: placementOf(scene, slot, object.size) }];
  });
  for (const { slot, placement } of present) if (slot !== "sky") paintShadow(canvas, slot, placement);
  for (const { slot, object, placement } of present) {
    paintObject(canvas, object, { slot, placement, light, style: scene.style });
  }
}

function paintShadow(canvas: Canvas, slot: Slot, { x, y, size }: Placement): void {
  const shape = ellipse(x + 2, y + 0.5, size * 0.46, size * 0.1 + 1);
  fill(canvas, shape, { shade: flat([14, 12, 30]), opacity: 0.42, softness: 3, owner: ownerOf(slot) });
}

interface ObjectOptions {
  readonly slot: Slot;
  readonly placement: Placement;
  readonly light: Rgb;
  readonly style: Style;
}

function paintObject(canvas: Canvas, object: SceneObject, { slot, placement, light, style }: ObjectOptions): void {
  const { x, y, size } = placement;
  const blocks = style === "pixel-art" ? placement : undefined;
  const options: SurfaceOptions = { material: object.material, light, size, blocks };
  const colour = COLOUR_VALUES[object.colour];
  const surfaces = { body: surface(colour, options), shade: surface(scaled(colour, 0.78), options) };
  const frame = { x, y, scale: size / UNITS };
  const owner = ownerOf(slot);
  for (const part of KIND_PARTS[object.kind]) {
    if (part.paint === "seam") {
      fill(canvas, part.shape, { shade: flat(surfaces.body.outline), frame, owner });
      continue;
    }
    const look = typeof part.paint === "string" ? surfaces[part.paint] : accentSurface(part.paint, light);
    const region = { colour: look.base, line: part.line, glow: 1, object: true };
    const outline = part.line > 0 ? { colour: look.outline, width: OUTLINE_WIDTH } : undefined;
    fill(canvas, part.shape, { shade: look.shade, region, frame, outline, owner });
  }
}

function accentSurface(colour: Rgb, light: Rgb): Surface {
  const base = lit(colour, light);
  return { base, outline: scaled(base, 0.5), shade: flat(base) };
}

function ownerOf(slot: Slot): number {
  return SLOTS.indexOf(slot) + 1;
}

/** 1 where `slot`'s object is seen or its shadow falls, 0 elsewhere: [H, W]. */
export function ownedBy(canvas: Canvas, slot: Slot): Uint8Array {
  const owner = ownerOf(slot);
  const mask = new Uint8Array(SCENE_SIZE * SCENE_SIZE);
  for (let pixel = 0; pixel < mask.length; pixel++) mask[pixel] = canvas.owner[pixel] === owner ? 1 : 0;
  return mask;
}
