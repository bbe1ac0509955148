/** The plants that tell the season: a row of round trees along the horizon, and tufts in the foreground. */

import type { Season } from "../scene.ts";
import { type Canvas, fill, flat, mix, type Rgb, scaled } from "./canvas.ts";
import { landColour } from "./light.ts";
import type { Land } from "./places.ts";
import { capsule, disc, ellipse, type Shape, union, within } from "./shapes.ts";

interface Foliage {
  readonly crown: Rgb;
  /** Blossoms, leaves or fruits on the crown and around the tufts. */
  readonly dots: Rgb;
  readonly blades: Rgb;
}

const FOLIAGE: Readonly<Record<Season, Foliage>> = {
  spring: { crown: [248, 168, 200], dots: [255, 226, 238], blades: [96, 178, 66] },
  summer: { crown: [34, 120, 50], dots: [60, 152, 62], blades: [30, 112, 44] },
  autumn: { crown: [214, 100, 28], dots: [240, 158, 44], blades: [168, 84, 30] },
  winter: { crown: [240, 245, 252], dots: [255, 255, 255], blades: [122, 98, 84] },
};

const TRUNK: Rgb = [104, 70, 46];
const TREE_X = [5, 25, 45, 64, 83, 103, 123] as const;
const TREE_FOOT = 73;

export function paintTrees(canvas: Canvas, land: Land): void {
  for (const [i, x] of TREE_X.entries()) {
    const radius = i % 2 === 0 ? 7.5 : 6.5;
    if (land.season === "winter") paintBareTree(canvas, land, x, radius);
    else paintLeafyTree(canvas, land, x, radius);
  }
}

function paintLeafyTree(canvas: Canvas, land: Land, x: number, radius: number): void {
  const { crown, dots } = FOLIAGE[land.season];
  const y = TREE_FOOT - radius - 6;
  part(canvas, land, capsule(x, y, x, TREE_FOOT, 1.3), TRUNK, 0);
  part(canvas, land, disc(x, y, radius), crown, 0.8);
  const light = union(disc(x - 2.4, y - 2.4, 1.9), disc(x + 2.8, y + 0.4, 1.7), disc(x - 2, y + 3, 1.5));
  fill(canvas, light, { shade: flat(landColour(dots, land.light)) });
}

/** Branches under a cap of snow. */
function paintBareTree(canvas: Canvas, land: Land, x: number, radius: number): void {
  const y = TREE_FOOT - radius - 6;
  const branches = union(
    capsule(x, y - 2, x, TREE_FOOT, 1.4),
    capsule(x, y + 5, x - radius * 0.75, y - 1, 0.9),
    capsule(x, y + 5, x + radius * 0.75, y - 1, 0.9),
  );
  part(canvas, land, branches, [84, 62, 54], 0);
  const cap = within(ellipse(x, y - 1, radius, radius - 1), disc(x, y - radius, radius + 0.5));
  part(canvas, land, cap, FOLIAGE.winter.crown, 0.8);
}

/** Feet of the tufts, in front of what stands on the ground. */
const TUFTS = [9, 122, 43, 119, 66, 125, 85, 119, 119, 122] as const;

export function paintTufts(canvas: Canvas, land: Land): void {
  const { crown, dots, blades } = FOLIAGE[land.season];
  for (let i = 0; i < TUFTS.length; i += 2) {
    const x = TUFTS[i];
    const y = TUFTS[i + 1];
    const stalks: Shape = union(
      capsule(x, y, x - 4, y - 6, 1),
      capsule(x, y, x, y - 8, 1),
      capsule(x, y, x + 4, y - 6, 1),
    );
    part(canvas, land, stalks, blades, 0);
    if (land.season === "winter") {
      part(canvas, land, within(ellipse(x, y, 6.5, 4.5), ellipse(x, y - 3, 9, 4.5)), crown, 0.6);
    } else if (land.season !== "summer") {
      const heads = union(disc(x - 4, y - 6.5, 2.1), disc(x, y - 8.5, 2.1), disc(x + 4, y - 6.5, 2.1));
      part(canvas, land, heads, mix(crown, dots, 0.3), 0.4);
    } else {
      part(canvas, land, union(capsule(x, y, x - 6.5, y - 3, 1), capsule(x, y, x + 6.5, y - 3, 1)), blades, 0);
    }
  }
}

function part(canvas: Canvas, { light }: Land, shape: Shape, colour: Rgb, line: number): void {
  const painted = landColour(colour, light);
  fill(canvas, shape, {
    shade: flat(painted),
    region: { colour: painted, line, glow: 0.55, object: false },
    outline: line > 0 ? { colour: scaled(painted, 0.72), width: 0.7 } : undefined,
  });
}
