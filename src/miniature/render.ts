/** Draws scenes: a software renderer whose pictures are the same to the last bit on every machine. */

import type { Image } from "../image/image.ts";
import { type Canvas, createCanvas, SCENE_SIZE } from "./render/canvas.ts";
import { drawInPencil, paintInWatercolour } from "./render/drawing.ts";
import { drawInNeon, drawInStainedGlass } from "./render/glow.ts";
import { type Light, lightOf } from "./render/light.ts";
import { ownedBy, paintObjects } from "./render/objects.ts";
import { blurred } from "./render/outlines.ts";
import { drawInBlocks } from "./render/pixel-art.ts";
import { PLACE_PAINTERS } from "./render/places.ts";
import { paintTrees, paintTufts } from "./render/plants.ts";
import { paintSky } from "./render/sky.ts";
import { paintFall, paintHaze } from "./render/weather.ts";
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
  return { width: SCENE_SIZE, height: SCENE_SIZE, data: encoded(seenThroughLens(canvas.colour)) };
}

/**
 * 1 where the object in `slot` is seen or its shadow falls, as far as the lens spreads them, 0 elsewhere:
 * [`SCENE_SIZE`, `SCENE_SIZE`], row-major.
 */
export function objectMask(scene: Scene, slot: Slot): Uint8Array {
  const canvas = createCanvas();
  paintObjects(canvas, scene, [1, 1, 1]);
  return Uint8Array.from(seenThroughLens(Float32Array.from(ownedBy(canvas, slot)), 1), Math.ceil);
}

/** The same for the objects of all slots together. */
export function objectsMask(scene: Scene): Uint8Array {
  const canvas = createCanvas();
  paintObjects(canvas, scene, [1, 1, 1]);
  return Uint8Array.from(seenThroughLens(Float32Array.from(canvas.owner, Math.sign), 1), Math.ceil);
}

/**
 * A point spread of about one pixel's deviation. Outlines one pixel wide hold most of a drawing's contrast, which no
 * autoencoder that keeps 1024 numbers of a picture can reproduce: without a lens even half the resolution is at 23.6 dB.
 */
function seenThroughLens(values: Float32Array, channels = 3): Float32Array {
  return blurred(blurred(values, channels, 1), channels, 1);
}

interface StylePainter {
  readonly draw: (canvas: Canvas) => void;
  /** Whether fog, and rain or snow, are drawn in the style, rather than lying over the finished drawing. */
  readonly haze: boolean;
  readonly fall: boolean;
}

const STYLE_PAINTERS: Readonly<Record<Style, StylePainter | undefined>> = {
  photo: undefined,
  pencil: { draw: drawInPencil, haze: false, fall: false },
  watercolour: { draw: paintInWatercolour, haze: true, fall: true },
  "pixel-art": { draw: drawInBlocks, haze: true, fall: false },
  neon: { draw: drawInNeon, haze: false, fall: false },
  "stained-glass": { draw: drawInStainedGlass, haze: false, fall: false },
};

function paintStyle(canvas: Canvas, scene: Scene, light: Light): void {
  const style = STYLE_PAINTERS[scene.style];
  if (style?.haze) paintHaze(canvas, scene, light);
  if (style?.fall) paintFall(canvas, scene, light);
  style?.draw(canvas);
  if (!style?.haze) paintHaze(canvas, scene, light);
  if (!style?.fall) paintFall(canvas, scene, light);
}

/** Bytes, rounded. */
function encoded(colour: Float32Array): Uint8Array {
  const bytes = new Uint8Array(colour.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Math.floor(Math.min(Math.max(colour[i], 0), 255) + 0.5);
  return bytes;
}
