import { describe, expect, it } from "vitest";
import { torchCpuRandom } from "../../random.ts";
import { blurred } from "./outlines.ts";
import { below, box, capsule, disc, ellipse, polygon, type Shape, union, within, without } from "./shapes.ts";

const random = torchCpuRandom(1);
const POINTS = Array.from({ length: 400 }, () => [random.uniform() * 40 - 20, random.uniform() * 40 - 20] as const);
const L = [-9, -8, 7, -8, 7, 0, 0, 0, 0, 11, -9, 11];

describe("distances", () => {
  it("of a disc and of a line with round ends are exact", () => {
    for (const [x, y] of POINTS) {
      expect(disc(3, -2, 7).distance(x, y)).toBeCloseTo(Math.hypot(x - 3, y + 2) - 7, 9);
      const along = Math.min(Math.max(x, -6), 8);
      expect(capsule(-6, 4, 8, 4, 3).distance(x, y)).toBeCloseTo(Math.hypot(x - along, y - 4) - 3, 9);
    }
  });

  it("of a box are those of the polygon through its corners", () => {
    const corners = polygon([-9, -5, 6, -5, 6, 12, -9, 12]);
    for (const [x, y] of POINTS) {
      expect(box(-9, -5, 6, 12).distance(x, y)).toBeCloseTo(corners.distance(x, y), 9);
      expect(box(-11, -7, 8, 14, 2).distance(x, y)).toBeLessThanOrEqual(corners.distance(x, y) - 2 + 1e-9);
    }
  });

  it("say what is inside a polygon that is not convex, and in an ellipse", () => {
    for (const [x, y] of POINTS) {
      const inL = x > -9 && y > -8 && ((x < 7 && y < 0) || (x < 0 && y < 11));
      expect(polygon(L).distance(x, y) < 0).toBe(inL);
      expect(ellipse(1, 2, 9, 5).distance(x, y) < 0).toBe(((x - 1) / 9) ** 2 + ((y - 2) / 5) ** 2 < 1);
    }
  });

  it("combine as sets do", () => {
    const a = disc(-4, 0, 8);
    const b = box(-2, -9, 12, 5);
    const inside = (shape: Shape, x: number, y: number) => shape.distance(x, y) < 0;
    for (const [x, y] of POINTS) {
      expect(union(a, b, polygon(L)).distance(x, y)).toBe(
        Math.min(a.distance(x, y), b.distance(x, y), polygon(L).distance(x, y)),
      );
      expect(inside(within(a, b), x, y)).toBe(inside(a, x, y) && inside(b, x, y));
      expect(inside(without(a, b), x, y)).toBe(inside(a, x, y) && !inside(b, x, y));
    }
  });

  it("of a hill are heights above it, and its bounds hold it", () => {
    const hill = below((x) => 10 + Math.abs(x - 5), 20);
    expect(hill.distance(5.5, 8)).toBe(2);
    expect(hill.distance(12.5, 20)).toBe(-3);
    expect(hill.bounds).toEqual([0, 10, 20, 20]);
  });
});

it("a blur is the mean over a square, ends going on", () => {
  const size = 128;
  const values = random.normal(size * size);
  const soft = blurred(values, 1, 2);
  for (const [x, y] of [
    [0, 0],
    [1, 127],
    [64, 31],
    [127, 90],
  ]) {
    let sum = 0;
    for (let dy = -2; dy <= 2; dy++) {
      for (let dx = -2; dx <= 2; dx++) {
        const row = Math.min(Math.max(y + dy, 0), size - 1);
        sum += values[row * size + Math.min(Math.max(x + dx, 0), size - 1)];
      }
    }
    expect(soft[y * size + x]).toBeCloseTo(sum / 25, 4);
  }
});
