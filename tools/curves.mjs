// Curves of training runs as one picture, a panel each.
//
//     node tools/curves.mjs --out docs/images/curves.svg "CLIP: loss=runs/clip/metrics.jsonl:loss" …
//
// A panel is its title, a file of metrics and what to draw of it; several files with + between them follow one another.
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";

const [WIDTH, HEIGHT] = [440, 230];
const PLOT = { left: 52, right: 424, top: 30, bottom: 196 };
/** Points of a curve: each is the mean of as many steps. */
const POINTS = 160;
const TICKS = 4;

const { values, positionals } = parseArgs({ options: { out: { type: "string" } }, allowPositionals: true });
if (!values.out || positionals.length === 0) throw new Error("expected --out and panels; see the head of this file");

const escaped = (text) => text.replace(/[&<>]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c]);
const short = (value) => (Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3))));

function curve(files, key) {
  const series = files
    .split("+")
    .flatMap((file) => readFileSync(file, "utf8").trim().split("\n"))
    .map((line) => JSON.parse(line)[key]);
  const size = Math.max(1, Math.ceil(series.length / POINTS));
  return Array.from({ length: Math.ceil(series.length / size) }, (_, i) => {
    const some = series.slice(i * size, (i + 1) * size);
    return { step: Math.min(series.length, (i + 0.5) * size), value: some.reduce((a, b) => a + b, 0) / some.length };
  });
}

function panel(spec, index) {
  const [, title, files, key] = /^(.*)=([^=]+):(\w+)$/.exec(spec) ?? [];
  if (key === undefined) throw new Error(`expected "title=metrics.jsonl:name", got "${spec}"`);
  const points = curve(files, key);
  const all = points.map(({ value }) => value);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const last = points.at(-1).step;
  const x = (step) => PLOT.left + ((PLOT.right - PLOT.left) * step) / last;
  const y = (value) => PLOT.bottom - ((PLOT.bottom - PLOT.top) * (value - low)) / (high - low || 1);
  const ticks = Array.from({ length: TICKS + 1 }, (_, i) => {
    const [value, step] = [low + ((high - low) * i) / TICKS, (last * i) / TICKS];
    const at = y(value).toFixed(1);
    return (
      `<line x1="${PLOT.left}" x2="${PLOT.right}" y1="${at}" y2="${at}" stroke="#ccc"/>` +
      `<text x="${PLOT.left - 6}" y="${(y(value) + 4).toFixed(1)}" text-anchor="end">${short(value)}</text>` +
      `<text x="${x(step).toFixed(1)}" y="${PLOT.bottom + 20}" text-anchor="middle">${Math.round(step)}</text>`
    );
  });
  const line = points.map(({ step, value }) => `${x(step).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
  return (
    `<g transform="translate(${(index % 2) * WIDTH},${Math.floor(index / 2) * HEIGHT})">` +
    `<text x="${PLOT.left}" y="18" font-weight="bold">${escaped(title)}</text>${ticks.join("")}` +
    `<polyline fill="none" stroke="#3b6" stroke-width="1.6" points="${line}"/></g>`
  );
}

const size = `${Math.min(2, positionals.length) * WIDTH} ${Math.ceil(positionals.length / 2) * HEIGHT}`;
writeFileSync(
  values.out,
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size}" font-family="sans-serif" font-size="12">` +
    `<title>Curves of training</title><rect width="100%" height="100%" fill="#fff"/>${positionals.map(panel).join("")}</svg>\n`,
);
