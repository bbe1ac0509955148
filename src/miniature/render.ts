/** Draws scenes: a software renderer whose pictures are the same to the last bit on every machine. */

import type { Image } from "../image/image.ts";
import { type Canvas, createCanvas, SCENE_SIZE } from "./render/canvas.ts";
import { drawInPencil, paintInWatercolour } from "./render/drawing.ts";
import { drawInNeon, drawInStainedGlass } from "./render/glow.ts";
import { type Light, lightOf } from "./render/light.ts";
import { ownedBy, paintObjects } from "./render/objects.ts";
import { drawInBlocks } from "./render/pixel-art.ts";
import { PLACE_PAINTERS } from "./render/places.ts";
import { paintTrees, paintTufts } from "./render/plants.ts";
import { paintSky } from "./render/sky.ts";
import { paintAir } from "./render/weather.ts";
import type { Scene, Slot, Style } from "./scene.ts";

export { SCENE_SIZE };

/**
 * The picture of a scene: `SCENE_SIZE` × `SCENE_SIZE`, the same bytes wherever it is drawn, because it is made by
 * additions, multiplications, divisions and square roots alone, which IEEE 754 rounds in one way.
 */
export function renderScene(scene: Scene): Image {
  const canvas = createCanvas();
  const light = lightOf(scene);
  const land = { light, season: scene.season, layout: scene.layout };
  paintSky(canvas, scene, light);
  const place = PLACE_PAINTERS[scene.place];
  place.scenery(canvas, land);
  paintTrees(canvas, land);
  place.ground(canvas, land);
  paintTufts(canvas, land);
  paintObjects(canvas, scene, light.objects);
  paintStyle(canvas, scene, light);
  const data = Uint8Array.from(canvas.colour, (value) => Math.floor(Math.min(Math.max(value, 0), 255) + 0.5));
  return { width: SCENE_SIZE, height: SCENE_SIZE, data };
}

/** 1 where the object in `slot` is seen or its shadow falls, 0 elsewhere: [`SCENE_SIZE`, `SCENE_SIZE`], row-major. */
export function objectMask(scene: Scene, slot: Slot): Uint8Array {
  const canvas = createCanvas();
  paintObjects(canvas, scene, [1, 1, 1]);
  return ownedBy(canvas, slot);
}

interface StylePainter {
  readonly draw: (canvas: Canvas) => void;
  /** Whether rain, snow and fog lie over the finished drawing, rather than being drawn in its style. */
  readonly airLast: boolean;
}

const STYLE_PAINTERS: Readonly<Record<Style, StylePainter | undefined>> = {
  photo: undefined,
  pencil: { draw: drawInPencil, airLast: true },
  watercolour: { draw: paintInWatercolour, airLast: false },
  "pixel-art": { draw: drawInBlocks, airLast: false },
  neon: { draw: drawInNeon, airLast: true },
  "stained-glass": { draw: drawInStainedGlass, airLast: true },
};

function paintStyle(canvas: Canvas, scene: Scene, light: Light): void {
  const style = STYLE_PAINTERS[scene.style];
  if (style?.airLast) style.draw(canvas);
  paintAir(canvas, scene, light);
  if (style?.airLast === false) style.draw(canvas);
}
