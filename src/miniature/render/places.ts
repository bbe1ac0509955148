/** The places: what stands far away, and the ground. */

import type { Place, Season } from "../scene.ts";
import { type Canvas, fill, flat, lit, mix, type Rgb, SCENE_SIZE, scaled } from "./canvas.ts";
import { type Light, landColour } from "./light.ts";
import { scatter } from "./scatter.ts";
import { below, box, disc, polygon, type Shape, union } from "./shapes.ts";

export interface Land {
  readonly light: Light;
  readonly season: Season;
  readonly layout: number;
}

const GRASS: Readonly<Record<Season, Rgb>> = {
  spring: [150, 212, 96],
  summer: [78, 158, 60],
  autumn: [198, 152, 66],
  winter: [232, 239, 248],
};

/** How much of the season's colour shows on bare ground. */
const TINT: Readonly<Record<Season, number>> = { spring: 0.16, summer: 0.14, autumn: 0.3, winter: 0.6 };

type Painter = (canvas: Canvas, land: Land) => void;

interface PlacePainters {
  /** What stands behind the row of trees. */
  readonly scenery: Painter;
  /** The ground from the row of trees to the lower edge. */
  readonly ground: Painter;
}

function meadow(canvas: Canvas, land: Land): void {
  const grass = GRASS[land.season];
  ground(canvas, land, (x) => 70 - 5 * bump((x - 100) / 60), grass);
  ground(canvas, land, (x) => 86 - 5 * bump((x - 22) / 66), scaled(grass, 0.92));
}

function beach(canvas: Canvas, land: Land): void {
  ground(canvas, land, () => 70, [44, 140, 206]);
  detail(canvas, land, union(box(10, 74, 34, 75.4), box(56, 76, 84, 77.4), box(96, 73.5, 116, 74.9)), [190, 228, 244]);
  const shore = (x: number) => 84 + 3 * bump((x - 30) / 34) - 3 * bump((x - 96) / 40);
  ground(canvas, land, shore, [244, 250, 252], { line: 0 });
  ground(canvas, land, (x) => shore(x) + 2.6, bare(land, [246, 216, 140]));
}

function desert(canvas: Canvas, land: Land): void {
  const sand = bare(land, [240, 172, 88]);
  ground(canvas, land, (x) => 71 - 6 * bump((x - 30) / 52), sand);
  ground(canvas, land, (x) => 84 - 9 * bump((x - 106) / 66), scaled(sand, 0.92));
  ground(canvas, land, (x) => 97 - 8 * bump((x - 18) / 74), mix(sand, [255, 232, 176], 0.3));
}

function street(canvas: Canvas, land: Land): void {
  ground(canvas, land, () => 70, GRASS[land.season]);
  ground(canvas, land, () => 79, mix([206, 198, 190], GRASS[land.season], TINT[land.season] / 2), { line: 0.6 });
  const road: Rgb = mix([112, 114, 124], GRASS[land.season], TINT[land.season] / 3);
  ground(canvas, land, () => 90, road);
  const dashes = [4, 36, 68, 100].map((x) => box(x, 110, x + 18, 113.5));
  fill(canvas, union(...dashes), {
    shade: flat(landColour([250, 246, 226], land.light)),
    region: { colour: landColour([250, 246, 226], land.light), line: 0.4, glow: 0.7, object: false },
  });
  ground(canvas, land, () => 121, GRASS[land.season]);
}

function table(canvas: Canvas, land: Land): void {
  ground(canvas, land, () => 74, GRASS[land.season]);
  const wood = mix([196, 134, 78], GRASS[land.season], TINT[land.season] / 3);
  ground(canvas, land, () => 85, wood);
  detail(
    canvas,
    land,
    union(box(0, 92.5, 128, 93.8), box(0, 101.5, 128, 102.8), box(0, 111, 128, 112.3)),
    scaled(wood, 0.72),
  );
  const hem = union(box(0, 117, 128, 121), ...[0, 1, 2, 3, 4, 5, 6, 7, 8].map((i) => disc(i * 16, 120, 7)));
  paint(canvas, land, union(hem, box(0, 114, 128, 119)), [248, 244, 236]);
  detail(canvas, land, box(0, 115.5, 128, 118), [214, 74, 84]);
}

/** Bare ground with the season's tint. */
function bare({ season }: Land, colour: Rgb): Rgb {
  return mix(colour, GRASS[season], TINT[season]);
}

function mesas(canvas: Canvas, land: Land): void {
  const rock = bare(land, [196, 104, 72]);
  const west = polygon([-4, 72, 2, 46, 24, 46, 32, 72]);
  const east = polygon([84, 72, 92, 40, 112, 40, 120, 72]);
  paint(canvas, land, west, rock);
  paint(canvas, land, east, scaled(rock, 0.92));
}

function skyline(canvas: Canvas, land: Land): void {
  const fronts: readonly Rgb[] = [
    [214, 168, 150],
    [166, 176, 196],
    [222, 200, 160],
    [176, 158, 178],
    [200, 176, 150],
  ];
  const roofs = [34, 46, 40, 48, 32];
  for (const [i, top] of roofs.entries()) {
    const left = i * 26 - 1;
    paint(canvas, land, box(left, top, left + 25, 84), fronts[i]);
    const panes = [0, 1].flatMap((row) =>
      [0, 1].map((column) =>
        box(left + 4.5 + column * 10, top + 5 + row * 10, left + 10 + column * 10, top + 11 + row * 10),
      ),
    );
    const pane: Rgb = land.light.land[0] < 0.5 ? [255, 214, 110] : lit([110, 132, 160], land.light.land);
    fill(canvas, union(...panes), { shade: flat(pane), region: { colour: pane, line: 0.3, glow: 0.6, object: false } });
    if (land.season === "winter") detail(canvas, land, box(left, top, left + 25, top + 2.5), GRASS.winter);
  }
}

function fence(canvas: Canvas, land: Land): void {
  const slats = Array.from({ length: 13 }, (_, i) => box(i * 10.5 - 3, 54, i * 10.5 + 4, 80, 3));
  const pale: Rgb = [238, 232, 220];
  paint(canvas, land, union(...slats, box(0, 62, 128, 65)), pale);
}

/** A smooth hump of height 1 over −1 … 1. */
function bump(u: number): number {
  const rest = 1 - u * u;
  return rest > 0 ? rest * rest : 0;
}

function distant({ season }: Land): Rgb {
  return mix(GRASS[season], [120, 160, 190], 0.35);
}

function hills(canvas: Canvas, land: Land): void {
  const middle = 34 + 14 * (scatter(land.layout, 9) % 2);
  const height = (x: number) => Math.min(72 - 27 * bump((x - middle) / 62), 72 - 20 * bump((x - middle - 72) / 62));
  ground(canvas, land, height, distant(land));
}

function farShore(canvas: Canvas, land: Land): void {
  paint(canvas, land, box(0, 63, SCENE_SIZE, 72), scaled(distant(land), 0.9));
}

/** Everything below a curve. */
function ground(
  canvas: Canvas,
  land: Land,
  height: (x: number) => number,
  colour: Rgb,
  { line = 0.8 }: { readonly line?: number } = {},
): void {
  paint(canvas, land, below(height, SCENE_SIZE), colour, { line });
}

function paint(
  canvas: Canvas,
  { light }: Land,
  shape: Shape,
  colour: Rgb,
  { line = 0.8 }: { readonly line?: number } = {},
): void {
  const painted = landColour(colour, light);
  fill(canvas, shape, { shade: flat(painted), region: { colour: painted, line, glow: 0, object: false } });
}

function detail(canvas: Canvas, { light }: Land, shape: Shape, colour: Rgb): void {
  fill(canvas, shape, { shade: flat(landColour(colour, light)) });
}

export const PLACE_PAINTERS: Readonly<Record<Place, PlacePainters>> = {
  meadow: { scenery: hills, ground: meadow },
  beach: { scenery: farShore, ground: beach },
  desert: { scenery: mesas, ground: desert },
  street: { scenery: skyline, ground: street },
  table: { scenery: fence, ground: table },
};
