/** How things of a household look. */

import { accent, body, CREAM, detail, GOLD, INK, LEAF, type Part, STEEL, seam, shade, TIMBER } from "./parts.ts";
import { box, capsule, disc, ellipse, polygon, union, within, without } from "./shapes.ts";

const BALL = disc(0, -19, 18.5);

export const ball: readonly Part[] = [
  body(BALL),
  detail(CREAM, within(box(-20, -23, 20, -15), BALL)),
  seam(within(box(-20, -23.8, 20, -22.6), BALL)),
  seam(within(box(-20, -15.4, 20, -14.2), BALL)),
  seam(without(ellipse(0, -19, 9, 18.5), ellipse(0, -19, 7.6, 17.5))),
];

export const cup: readonly Part[] = [
  body(without(ellipse(11, -17, 9, 10), ellipse(11, -17, 4.4, 5.6))),
  body(polygon([-14, -31, 10, -31, 7.5, -3, -11.5, -3], 2.5)),
  accent([92, 58, 40], ellipse(-2, -31.5, 12, 3.6)),
];

const DAISY_PETALS = (x: number, y: number) =>
  union(disc(x - 2.6, y, 2.4), disc(x + 2.6, y, 2.4), disc(x, y - 2.6, 2.4), disc(x, y + 2.6, 2.4));

export const vase: readonly Part[] = [
  detail(LEAF, union(capsule(-9, -34, -1, -20, 1.3), capsule(9, -34, 1, -20, 1.3), capsule(0, -37, 0, -20, 1.3))),
  ...[-10, 10].flatMap((x) => [accent(CREAM, DAISY_PETALS(x, -34.5)), detail(GOLD, disc(x, -34.5, 1.9))]),
  ...[accent(CREAM, DAISY_PETALS(0, -36.5)), detail(GOLD, disc(0, -36.5, 1.9))],
  body(union(ellipse(0, -11, 13.5, 11), box(-4.5, -26, 4.5, -14, 1), box(-7.5, -28, 7.5, -24, 2))),
];

export const lamp: readonly Part[] = [
  accent(STEEL, box(-2, -20, 2, -3)),
  accent(STEEL, polygon([-9, -1, -6, -4, 6, -4, 9, -1], 1)),
  body(polygon([-9, -38, 9, -38, 18, -17, -18, -17], 1.5)),
  detail(GOLD, box(-18, -19, 18, -16, 1.2)),
];

export const chair: readonly Part[] = [
  shade(box(-9.5, -15, -4.5, -4, 1)),
  shade(box(5, -15, 10, -4, 1)),
  body(box(-15, -39, -7.5, 0, 2)),
  body(box(9.5, -17, 16, 0, 2)),
  body(box(-15, -21, 17, -12.5, 2.5)),
];

const CANOPY = within(disc(0, -18, 20), box(-20, -40, 20, -18));
const SCALLOPS = union(...[-15, -5, 5, 15].map((x) => disc(x, -16, 5)));

export const umbrella: readonly Part[] = [
  accent(TIMBER, union(box(-1.5, -30, 1.5, -3), capsule(0, -3, 3, -1.6, 1.5), capsule(3, -1.6, 6.5, -4, 1.5))),
  detail(INK, box(-1, -40, 1, -36)),
  body(without(CANOPY, SCALLOPS)),
  seam(within(union(capsule(0, -38, -10, -18, 0.6), capsule(0, -38, 10, -18, 0.6)), CANOPY)),
];

const ROOF = polygon([-18, -20, 0, -36, 18, -20], 2);

export const house: readonly Part[] = [
  shade(box(8, -38, 14, -24)),
  body(box(-15, -21, 15, 0, 0.5)),
  shade(ROOF),
  accent(TIMBER, box(-10, -13, -3, 0, 0.5)),
  accent([255, 236, 150], box(2, -15, 11, -7)),
  seam(union(box(6, -15, 7, -7), box(2, -11.5, 11, -10.5))),
];

export const tent: readonly Part[] = [
  seam(union(capsule(0, -36, -19.5, -0.5, 0.7), capsule(0, -36, 19.5, -0.5, 0.7))),
  body(polygon([0, -35, 19, -1, -19, -1], 1)),
  accent([74, 52, 52], polygon([0, -24, 7, 0, -7, 0])),
  seam(capsule(0, -36, 0, -24, 0.7)),
  detail(GOLD, polygon([0, -40, 8, -37.5, 0, -35])),
];
