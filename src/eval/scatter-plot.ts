/** Curves and points in a plane as SVG, for trade-offs. */

import { escapeHtml } from "./html.ts";

export interface PlotPoint {
  readonly x: number;
  readonly y: number;
  /** Drawn beside the point. */
  readonly label?: string;
}

export interface PlotSeries {
  readonly name: string;
  readonly points: readonly PlotPoint[];
  /** Whether a line joins the points, in their order. Points are dots then, and squares otherwise. */
  readonly line?: boolean;
}

export interface Plot {
  readonly x: string;
  readonly y: string;
  readonly series: readonly PlotSeries[];
  /** How a number is written on the axes. Default: as a percentage. */
  readonly format?: (value: number) => string;
}

const WIDTH = 820;
const HEIGHT = 420;
const FRAME = { left: 70, right: 270, top: 16, bottom: 52 };
/** Told apart by people who are colour-blind as well (Okabe and Ito 2008). */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f"];

/** The plot as an SVG element. Its axes reach from tick to tick around all points. */
export function scatterPlot({ x, y, series, format = percent }: Plot): string {
  const points = series.flatMap((one) => one.points);
  const across = axis(points.map((point) => point.x));
  const up = axis(points.map((point) => point.y));
  const place = ({ x: px, y: py }: { x: number; y: number }) => ({
    left: FRAME.left + across.fraction(px) * (WIDTH - FRAME.left - FRAME.right),
    top: HEIGHT - FRAME.bottom - up.fraction(py) * (HEIGHT - FRAME.top - FRAME.bottom),
  });
  const right = WIDTH - FRAME.right;
  const base = HEIGHT - FRAME.bottom;
  const grid = [
    ...across.ticks.map((tick) => {
      const { left } = place({ x: tick, y: up.ticks[0] });
      return `${line(left, FRAME.top, left, base)}${text(left, base + 18, format(tick), "middle")}`;
    }),
    ...up.ticks.map((tick) => {
      const { top } = place({ x: across.ticks[0], y: tick });
      return `${line(FRAME.left, top, right, top)}${text(FRAME.left - 8, top + 4, format(tick), "end")}`;
    }),
  ];
  const middle = (FRAME.top + base) / 2;
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" font-family="sans-serif" font-size="12" fill="currentColor">`,
    `<g stroke="currentColor" stroke-opacity=".15" stroke-width="1">${grid.join("\n")}</g>`,
    text((FRAME.left + right) / 2, HEIGHT - 12, x, "middle"),
    `<g transform="rotate(-90 18 ${middle})">${text(18, middle, y, "middle")}</g>`,
    ...series.map((one, i) => drawn(one, COLOURS[i % COLOURS.length], { place, legend: FRAME.top + 12 + 20 * i })),
    "</svg>",
  ].join("\n");
}

interface Drawing {
  readonly place: (point: PlotPoint) => { readonly left: number; readonly top: number };
  /** Height of the series' line in the legend. */
  readonly legend: number;
}

function drawn({ name, points, line: joined }: PlotSeries, colour: string, { place, legend }: Drawing): string {
  const places = points.map(place);
  const path = places.map(({ left, top }) => `${round(left)},${round(top)}`).join(" ");
  const mark = joined === true ? dot : square;
  const marks = places.map(({ left, top }, i) => {
    const { label } = points[i];
    return `${mark(left, top)}${label === undefined ? "" : text(left + 7, top - 6, label, "start")}`;
  });
  const key = WIDTH - FRAME.right + 20;
  return [
    `<g fill="${colour}">`,
    ...(joined === true ? [`<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="1.5"/>`] : []),
    ...marks,
    `${mark(key, legend - 4)}${text(key + 10, legend, name, "start")}`,
    "</g>",
  ].join("\n");
}

interface Axis {
  readonly ticks: readonly number[];
  /** Where a value lies between the first tick and the last. */
  fraction(value: number): number;
}

/** Ticks at 1, 2 or 5 times a power of ten, at most six steps. */
function axis(values: readonly number[]): Axis {
  const [low, high] = values.length === 0 ? [0, 1] : [Math.min(...values), Math.max(...values)];
  const spread = high - low > 1e-9 ? high - low : 0.1;
  const rough = spread / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough * (1 - 1e-9)) ?? 10);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(high / step - 1e-9));
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
  return { ticks, fraction: (value) => (value - ticks[0]) / (ticks[ticks.length - 1] - ticks[0]) };
}

function percent(value: number): string {
  return `${Number((100 * value).toPrecision(3))} %`;
}

function line(x1: number, y1: number, x2: number, y2: number): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}"/>`;
}

function dot(x: number, y: number): string {
  return `<circle cx="${round(x)}" cy="${round(y)}" r="4"/>`;
}

function square(x: number, y: number): string {
  return `<rect x="${round(x - 4)}" y="${round(y - 4)}" width="8" height="8"/>`;
}

function text(x: number, y: number, words: string, anchor: "start" | "middle" | "end"): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" stroke="none">${escapeHtml(words)}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
