/** The sky and what is in it: sun, moon, stars and clouds. */

import type { Scene } from "../scene.ts";
import { type Canvas, fill, flat, MARK, mix, type Rgb, SCENE_SIZE, scaled } from "./canvas.ts";
import type { Light } from "./light.ts";
import { scatter } from "./scatter.ts";
import { box, disc, type Shape, union, without } from "./shapes.ts";

/** The row of the horizon; land covers the sky below. */
export const HORIZON = 68;

/** Middles of the stars: few enough to count, away from the moon and from the middle, where objects hang. */
const STARS = [8, 10, 22, 28, 34, 8, 12, 44, 40, 44, 88, 10, 90, 40, 118, 44, 104, 50, 30, 18] as const;

export function paintSky(canvas: Canvas, scene: Scene, light: Light): void {
  const [top, middle, bottom] = light.sky;
  const rgb = canvas.colour;
  for (let row = 0; row < SCENE_SIZE; row++) {
    const t = Math.min(row / HORIZON, 1) * 2;
    const colour = t < 1 ? mix(top, middle, t) : mix(middle, bottom, t - 1);
    for (let c = 0; c < 3; c++) {
      for (let i = row * SCENE_SIZE * 3 + c; i < (row + 1) * SCENE_SIZE * 3; i += 3) rgb[i] = colour[c];
    }
  }
  canvas.regions[0] = { colour: middle, line: 0, glow: 0, object: false };
  if (scene.weather === "clear" || scene.weather === "cloudy") paintLights(canvas, scene, light);
  if (scene.weather === "cloudy" || scene.weather === "rain") paintClouds(canvas, scene, light);
}

function paintLights(canvas: Canvas, { time }: Scene, light: Light): void {
  if (time === "night") {
    for (let i = 0; i < STARS.length; i += 2) paintStar(canvas, STARS[i], STARS[i + 1]);
    const moon = without(disc(106, 22, 11), disc(111, 18, 9.5));
    paintGlowing(canvas, moon, [252, 244, 206]);
    return;
  }
  const [x, y, radius] = time === "day" ? [20, 20, 10] : [28, 46, 13];
  const colour: Rgb = time === "day" ? [255, 226, 70] : [255, 120, 54];
  const halo = mix(light.sky[1], colour, 0.5);
  fill(canvas, disc(x, y, radius + 3), { shade: flat(halo), opacity: 0.55, softness: 6 });
  paintGlowing(canvas, disc(x, y, radius), colour);
}

function paintStar(canvas: Canvas, x: number, y: number): void {
  paintGlowing(
    canvas,
    union(box(x - 2.5, y - 0.6, x + 2.5, y + 0.6), box(x - 0.6, y - 2.5, x + 0.6, y + 2.5)),
    [255, 248, 214],
    0,
  );
}

function paintGlowing(canvas: Canvas, shape: Shape, colour: Rgb, line = 0.7): void {
  fill(canvas, shape, { shade: flat(colour), region: { colour, line, glow: 1, object: false } });
}

/** Middles and sizes of clouds. Those of rain are lower and close the sky. */
const FAIR_CLOUDS = [18, 34, 0.95, 62, 14, 1.05, 108, 32, 1] as const;
const RAIN_CLOUDS = [12, 10, 1.35, 50, 6, 1.4, 90, 9, 1.35, 124, 6, 1.3] as const;

function paintClouds(canvas: Canvas, { weather, layout }: Scene, light: Light): void {
  const clouds = weather === "rain" ? RAIN_CLOUDS : FAIR_CLOUDS;
  const drift = (scatter(layout, 8) % 3) - 1;
  for (let i = 0; i < clouds.length; i += 3) {
    const shape = cloud(clouds[i] + drift * 3, clouds[i + 1], clouds[i + 2]);
    const [, top, , bottom] = shape.bounds;
    const underside = scaled(light.cloud, 0.8);
    fill(canvas, shape, {
      shade: (_x, y, rgb) => {
        const t = (y - top) / (bottom - top);
        for (let c = 0; c < 3; c++) rgb[c] = light.cloud[c] + (underside[c] - light.cloud[c]) * t;
        return MARK.none;
      },
      region: { colour: light.cloud, line: 0.5, glow: 0.3, object: false },
      outline: { colour: scaled(light.cloud, 0.85), width: 0.8 },
    });
  }
}

function cloud(x: number, y: number, size: number): Shape {
  return union(
    disc(x - 10 * size, y + 2 * size, 6 * size),
    disc(x - 2 * size, y - 3 * size, 8 * size),
    disc(x + 8 * size, y, 7 * size),
    box(x - 15 * size, y + 1 * size, x + 15 * size, y + 8 * size, 3.5 * size),
  );
}
