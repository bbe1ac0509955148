/** How plants and animals look. */

import { accent, body, CREAM, detail, GOLD, INK, LEAF, type Part, PINK, seam, shade, TIMBER } from "./parts.ts";
import { box, capsule, disc, ellipse, polygon, union, within, without } from "./shapes.ts";

export const tree: readonly Part[] = [
  accent(TIMBER, polygon([-3, -16, 3, -16, 5, 0, -5, 0])),
  body(union(disc(-9, -19, 9.5), disc(9, -19, 9.5), disc(-6, -28, 9.5), disc(7, -28, 9), disc(0, -30, 10))),
];

const CAP = within(ellipse(0, -18, 20, 21), box(-20, -40, 20, -16));

export const mushroom: readonly Part[] = [
  accent(CREAM, union(box(-6, -18, 6, -3, 3), ellipse(0, -4, 8, 4))),
  body(CAP),
  ...[disc(-10, -24, 3.2), disc(1, -31, 3.4), disc(10.5, -22.5, 3)].map((spot) => accent(CREAM, spot)),
];

export const cat: readonly Part[] = [
  body(union(capsule(9, -3.5, 16, -5, 3.2), capsule(16, -5, 16.5, -16, 3))),
  body(ellipse(0, -10, 12, 11)),
  body(union(ellipse(0, -25, 13, 10.5), polygon([-12, -27, -12, -38, -3, -33]), polygon([12, -27, 12, -38, 3, -33]))),
  detail(PINK, union(polygon([-10.3, -32, -10.3, -35, -7, -33]), polygon([10.3, -32, 10.3, -35, 7, -33]))),
  detail([190, 230, 90], union(ellipse(-5.5, -26, 3, 3.4), ellipse(5.5, -26, 3, 3.4))),
  detail(INK, union(ellipse(-5.5, -26, 1.2, 3), ellipse(5.5, -26, 1.2, 3))),
  detail(PINK, polygon([-2, -22, 2, -22, 0, -19.6], 0.4)),
  seam(union(capsule(-3, -1, -3, -8, 0.7), capsule(3, -1, 3, -8, 0.7))),
];

export const apple: readonly Part[] = [
  body(union(ellipse(-7, -17, 12, 15), ellipse(7, -17, 12, 15), ellipse(0, -14, 12, 13))),
  seam(within(ellipse(0, -31, 7, 3), ellipse(0, -28, 8, 3.4))),
  detail(TIMBER, capsule(0, -29, 2, -37.5, 1.6)),
  accent(LEAF, within(disc(4, -44.5, 12), disc(10, -26.5, 11))),
];

export const cactus: readonly Part[] = [
  body(union(capsule(-8, -13, -15, -15, 3.6), capsule(-15, -15, -15, -25, 3.6))),
  body(union(capsule(8, -17, 15, -19, 3.6), capsule(15, -19, 15, -30, 3.6))),
  body(union(capsule(0, -30, 0, -8, 8), box(-8, -10, 8, 0, 1))),
  ...[-3.6, 0, 3.6].map((x) => seam(capsule(x, -32, x, -3, 0.55))),
  accent(PINK, union(disc(-3, -38, 2.4), disc(3, -38, 2.4), disc(0, -39, 2.6))),
];

export const bird: readonly Part[] = [
  shade(polygon([-10, -22, -20, -29, -19, -22, -20, -15])),
  accent([245, 150, 40], polygon([15, -27, 20, -23.5, 15, -21])),
  body(union(ellipse(-1, -19, 13, 9.5), disc(10, -24.5, 7.5))),
  shade(union(polygon([-7, -19, 4, -19, -9, -38], 1.5), ellipse(-2, -19, 6, 4))),
  detail(CREAM, disc(11.5, -26, 2.5)),
  detail(INK, disc(12.1, -26, 1.5)),
  detail(GOLD, union(capsule(-1, -10, -2, -6.5, 0.7), capsule(3, -10, 2, -6.5, 0.7))),
];

const DIAMOND = polygon([0, -40, 16, -25, 0, -7, -16, -25]);

export const kite: readonly Part[] = [
  seam(union(capsule(0, -8, 4, -5, 0.6), capsule(4, -5, -2, -2, 0.6), capsule(-2, -2, 2, 0, 0.6))),
  accent(GOLD, union(polygon([4, -5, 9, -8, 9, -3]), polygon([4, -5, -1, -7.5, -1, -3]))),
  body(DIAMOND),
  shade(without(DIAMOND, union(box(-20, -40, 0, -25), box(0, -25, 20, 0)))),
  seam(within(union(box(-0.7, -40, 0.7, -7), box(-16, -25.7, 16, -24.3)), DIAMOND)),
];
