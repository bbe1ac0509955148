/** How vehicles look, by land, water and air. */

import { accent, body, CREAM, detail, GLASS, GOLD, INK, type Part, STEEL, seam, shade, TIMBER } from "./parts.ts";
import { box, capsule, disc, ellipse, polygon, union, within } from "./shapes.ts";

export const car: readonly Part[] = [
  body(polygon([-10, -27, 7, -27, 13, -16, -15, -16], 2)),
  body(box(-20, -19, 20, -5, 4)),
  accent(GLASS, polygon([-9, -25, -2, -25, -2, -18, -12, -18])),
  accent(GLASS, polygon([1, -25, 6, -25, 10, -18, 1, -18])),
  detail(GOLD, ellipse(18, -13.5, 1.8, 2.6)),
  ...[-11, 11].flatMap((x) => [accent(INK, disc(x, -5.5, 5.5)), detail(STEEL, disc(x, -5.5, 2.6))]),
];

export const boat: readonly Part[] = [
  detail(TIMBER, box(-1.2, -40, 1.2, -10)),
  body(polygon([2.5, -38, 17, -15, 2.5, -15], 0.5)),
  shade(polygon([-2.5, -33, -2.5, -15, -14, -15], 0.5)),
  body(polygon([-19, -11, 19, -11, 12, -1, -12, -1], 1)),
  detail(CREAM, box(-18.5, -10.5, 18.5, -8)),
];

export const rocket: readonly Part[] = [
  accent(STEEL, polygon([-4, -6, 4, -6, 6, 0, -6, 0])),
  shade(polygon([-7, -18, -7, -5, -15, 0, -15, -9])),
  shade(polygon([7, -18, 7, -5, 15, 0, 15, -9])),
  body(within(within(ellipse(9, -16, 19, 26), ellipse(-9, -16, 19, 26)), box(-20, -40, 20, -4))),
  accent(CREAM, disc(0, -22, 5)),
  detail(GLASS, disc(0, -22, 3.6)),
];

export const balloon: readonly Part[] = [
  seam(union(capsule(-8, -16, -3.5, -7, 0.6), capsule(8, -16, 3.5, -7, 0.6))),
  accent(TIMBER, box(-5, -8, 5, 0, 1.2)),
  body(union(disc(0, -25, 15), polygon([-13, -19, 13, -19, 5, -11, -5, -11], 0.5))),
  seam(within(union(box(-5.6, -40, -4.6, -10), box(4.6, -40, 5.6, -10)), disc(0, -25, 15))),
];

export const plane: readonly Part[] = [
  shade(polygon([-18, -34, -12, -34, -6, -22, -17, -22], 0.5)),
  body(union(capsule(-12, -20, 13, -20, 6.5), polygon([-14, -25, -20, -25, -8, -14]))),
  ...[-7, -1, 5].map((x) => detail(GLASS, disc(x, -22, 1.8))),
  accent(GLASS, polygon([11, -25, 15, -24, 18, -20.5, 11, -20.5])),
  shade(polygon([-6, -18, 5, -18, -6, -6, -12, -6], 0.5)),
];
