/** Plane shapes as signed distances, negative inside: what the renderer draws is composed of these. y points down. */

/** A shape, or a good estimate of one: distances need to be right only near its rim. */
export interface Shape {
  /** Encloses the shape: left, top, right, bottom. */
  readonly bounds: readonly [left: number, top: number, right: number, bottom: number];
  /** Distance of a point from the rim, negative inside. */
  distance(x: number, y: number): number;
}

export function disc(centreX: number, centreY: number, radius: number): Shape {
  return ellipse(centreX, centreY, radius, radius);
}

/** An ellipse; its distance is the usual first-order estimate, exact for a disc. */
export function ellipse(centreX: number, centreY: number, radiusX: number, radiusY: number): Shape {
  return {
    bounds: [centreX - radiusX, centreY - radiusY, centreX + radiusX, centreY + radiusY],
    distance: (x, y) => {
      const u = (x - centreX) / radiusX;
      const v = (y - centreY) / radiusY;
      const k = Math.sqrt(u * u + v * v);
      const slope = Math.sqrt((u * u) / (radiusX * radiusX) + (v * v) / (radiusY * radiusY));
      return slope > 1e-6 ? (k * (k - 1)) / slope : -Math.min(radiusX, radiusY);
    },
  };
}

/** A rectangle with corners rounded by `radius`. */
export function box(left: number, top: number, right: number, bottom: number, radius = 0): Shape {
  const centreX = (left + right) / 2;
  const centreY = (top + bottom) / 2;
  const halfX = (right - left) / 2 - radius;
  const halfY = (bottom - top) / 2 - radius;
  return {
    bounds: [left, top, right, bottom],
    distance: (x, y) => {
      const u = Math.abs(x - centreX) - halfX;
      const v = Math.abs(y - centreY) - halfY;
      const outsideX = Math.max(u, 0);
      const outsideY = Math.max(v, 0);
      return Math.sqrt(outsideX * outsideX + outsideY * outsideY) + Math.min(Math.max(u, v), 0) - radius;
    },
  };
}

/** All points within `radius` of a segment: a line with round ends. */
export function capsule(x0: number, y0: number, x1: number, y1: number, radius: number): Shape {
  const dx = x1 - x0;
  const dy = y1 - y0;
  const lengthSquared = dx * dx + dy * dy;
  return {
    bounds: [
      Math.min(x0, x1) - radius,
      Math.min(y0, y1) - radius,
      Math.max(x0, x1) + radius,
      Math.max(y0, y1) + radius,
    ],
    distance: (x, y) => {
      const along = Math.min(Math.max(((x - x0) * dx + (y - y0) * dy) / lengthSquared, 0), 1);
      const u = x - x0 - along * dx;
      const v = y - y0 - along * dy;
      return Math.sqrt(u * u + v * v) - radius;
    },
  };
}

/** A polygon through `corners` (x, y, x, y, …), made larger and rounder by `radius`. */
export function polygon(corners: readonly number[], radius = 0): Shape {
  const n = corners.length / 2;
  const xs = corners.filter((_, i) => i % 2 === 0);
  const ys = corners.filter((_, i) => i % 2 === 1);
  return {
    bounds: [Math.min(...xs) - radius, Math.min(...ys) - radius, Math.max(...xs) + radius, Math.max(...ys) + radius],
    distance: (x, y) => {
      let nearest = Infinity;
      let inside = false;
      for (let i = 0, j = n - 1; i < n; j = i++) {
        const dx = xs[j] - xs[i];
        const dy = ys[j] - ys[i];
        const px = x - xs[i];
        const py = y - ys[i];
        const along = Math.min(Math.max((px * dx + py * dy) / (dx * dx + dy * dy), 0), 1);
        const u = px - along * dx;
        const v = py - along * dy;
        nearest = Math.min(nearest, u * u + v * v);
        if (ys[i] > y !== ys[j] > y && px < (dx * py) / dy) inside = !inside;
      }
      return (inside ? -Math.sqrt(nearest) : Math.sqrt(nearest)) - radius;
    },
  };
}

/** All points in any of `shapes`. */
export function union(...shapes: readonly Shape[]): Shape {
  return {
    bounds: [
      Math.min(...shapes.map((shape) => shape.bounds[0])),
      Math.min(...shapes.map((shape) => shape.bounds[1])),
      Math.max(...shapes.map((shape) => shape.bounds[2])),
      Math.max(...shapes.map((shape) => shape.bounds[3])),
    ],
    distance: (x, y) => {
      let nearest = Infinity;
      for (const shape of shapes) {
        const { bounds } = shape;
        if (Math.max(bounds[0] - x, x - bounds[2], bounds[1] - y, y - bounds[3]) < nearest)
          nearest = Math.min(nearest, shape.distance(x, y));
      }
      return nearest;
    },
  };
}

/** What of `shape` lies inside `other`. */
export function within(shape: Shape, other: Shape): Shape {
  return { bounds: shape.bounds, distance: (x, y) => Math.max(shape.distance(x, y), other.distance(x, y)) };
}

/** What of `shape` lies outside `other`. */
export function without(shape: Shape, other: Shape): Shape {
  return { bounds: shape.bounds, distance: (x, y) => Math.max(shape.distance(x, y), -other.distance(x, y)) };
}

/** Everything below the smooth curve y = height(x), as far as a square of `size` pixels reaches: hills and grounds. */
export function below(height: (x: number) => number, size: number): Shape {
  const heights = Float64Array.from({ length: size + 1 }, (_, x) => height(x));
  const top = heights.reduce((a, b) => Math.min(a, b));
  return { bounds: [0, top, size, size], distance: (x, y) => heights[Math.floor(x)] - y };
}
