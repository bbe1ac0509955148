/** What lies in the air between the scene and the viewer: fog, rain and snow, always in the same places. */

import type { Scene, Time } from "../scene.ts";
import { type Canvas, fill, flat, type Rgb, SCENE_SIZE, unit } from "./canvas.ts";
import type { Light } from "./light.ts";
import { FINE_BLOCK } from "./materials.ts";
import { box, capsule, disc, union } from "./shapes.ts";
import { HORIZON } from "./sky.ts";

interface Air {
  readonly fog: Rgb;
  readonly rain: Rgb;
  readonly snow: Rgb;
  /** Around flakes, so that they show on white. */
  readonly rim: Rgb;
}

const DROPS: Readonly<Record<Time, Air["rain"]>> = {
  day: [226, 240, 255],
  sunset: [255, 220, 206],
  night: [150, 176, 236],
};
const FLAKES: Readonly<Record<Time, Air["snow"]>> = {
  day: [255, 255, 255],
  sunset: [255, 238, 232],
  night: [214, 222, 246],
};

/** Styles with colours of their own for what is in the air. */
function airOf({ time, style }: Scene, { fog }: Light): Air {
  if (style === "neon") return { fog: [96, 104, 128], rain: [60, 190, 255], snow: [235, 245, 255], rim: [70, 90, 140] };
  if (style === "pencil")
    return { fog: [244, 243, 238], rain: [96, 120, 160], snow: [255, 255, 255], rim: [110, 122, 146] };
  return { fog, rain: DROPS[time], snow: FLAKES[time], rim: time === "night" ? [96, 106, 150] : [166, 178, 200] };
}

/** Paints fog, if there is any, over everything. Objects, being near, keep most of their colours. */
export function paintHaze(canvas: Canvas, scene: Scene, light: Light): void {
  if (scene.weather === "fog") paintFog(canvas, airOf(scene, light).fog);
}

/** Paints rain or snow, if it falls, over everything. */
export function paintFall(canvas: Canvas, scene: Scene, light: Light): void {
  const air = airOf(scene, light);
  const blocky = scene.style === "pixel-art";
  if (scene.weather === "rain") paintRain(canvas, air.rain, blocky);
  if (scene.weather === "snow") paintSnow(canvas, air, blocky);
}

function paintFog({ colour, owner }: Canvas, fog: Rgb): void {
  for (let row = 0; row < SCENE_SIZE; row++) {
    const height = (row - HORIZON) / (row < HORIZON ? 70 : 60);
    const density = 0.2 + 0.46 * unit(1 - height * height);
    for (let pixel = row * SCENE_SIZE; pixel < (row + 1) * SCENE_SIZE; pixel++) {
      const veil = density * (owner[pixel] > 0 ? 0.28 : 1);
      for (let c = 0; c < 3; c++) colour[pixel * 3 + c] += (fog[c] - colour[pixel * 3 + c]) * veil;
    }
  }
}

/** Slanted streaks on a staggered lattice. */
function paintRain(canvas: Canvas, colour: Rgb, blocky: boolean): void {
  for (let row = 0; row < 6; row++) {
    for (let column = 0; column < 7; column++) {
      const x = column * 20 + (row % 2) * 10 + 4;
      const y = row * 22 + ((column * 7) % 3) * 4 + 2;
      const streak = blocky
        ? union(box(x, y, x + 2, y + 4), box(x - 2, y + 4, x, y + 8))
        : capsule(x, y, x - 4, y + 10, 0.85);
      fill(canvas, streak, { shade: flat(colour), opacity: 0.85 });
    }
  }
}

function paintSnow(canvas: Canvas, { snow, rim }: Air, blocky: boolean): void {
  for (let row = 0; row < 8; row++) {
    for (let column = 0; column < 8; column++) {
      const x = column * 16 + (row % 2) * 8 + ((row * 5 + column * 3) % 4) + 2;
      const y = row * 16 + ((column * 5 + row) % 6) + 4;
      const radius = (row + column) % 3 === 0 ? 2.2 : 1.7;
      const left = x - (x % FINE_BLOCK);
      const top = y - (y % FINE_BLOCK);
      const flake = blocky ? box(left, top, left + 4, top + 4) : disc(x, y, radius);
      const outline = blocky ? undefined : { colour: rim, width: 0.7 };
      fill(canvas, flake, { shade: flat(snow), outline, opacity: 0.92 });
    }
  }
}
