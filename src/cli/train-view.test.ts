import { describe, expect, it } from "vitest";
import { type TrainState, trainBlock, trainLine } from "./train-view.ts";

const losses = Array.from({ length: 1234 }, (_, i) => ({ step: i + 1, value: 0.03 + 0.9 * Math.exp(-i / 200) }));
const state: TrainState = {
  title: "runs/miniature",
  step: 1234,
  steps: 10_000,
  losses,
  loss: 0.03123,
  learningRate: 1e-4,
  gradNorm: 0.52,
  imagesPerSecond: 28.13,
  secondsLeft: 3780,
  memory: 1.9e9,
  snapshot: 1000,
};

const CURVE = [
  "  0.921 ⠑⢄⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀",
  "        ⠀⠀⠑⠤⡀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀",
  "        ⠀⠀⠀⠀⠈⠒⢄⡀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀",
  "        ⠀⠀⠀⠀⠀⠀⠀⠈⠑⠢⢄⣀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀",
  "        ⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠉⠑⠒⠤⠤⣀⣀⡀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀",
  " 0.0319 ⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠈⠉⠉⠉⠒⠒⠒⠒⠒⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀",
];

describe("the block", () => {
  it("shows the whole run and its numbers", () => {
    expect(trainBlock(state, { width: 72 })).toEqual([
      "runs/miniature ━━──────────────── 1234/10000",
      ...CURVE,
      `        1${"1234".padStart(63)}`,
      "loss 0.0312 · lr 1e-4 · grad 0.520 · 28.1 images/s · ETA 1h 03m",
      "memory 1.9 GB · snapshot at 1000",
    ]);
  });

  it.each([39, 60, 99])("is never wider than %d", (width) => {
    const long = {
      ...state,
      title: "a/very/long/path/to/a/run/that/does/not/fit/anywhere/on/a/terminal",
      step: 123_456,
    };
    for (const shown of [state, long, { ...long, losses: [] }]) {
      const widths = trainBlock(shown, { width }).map((line) => line.length);
      expect(Math.max(...widths)).toBe(width);
    }
    expect(trainBlock(long, { width })[0]).toMatch(/^a\/very.*… ━+─* 123456\/10000$/);
  });

  it("has nothing to say about what is not known yet", () => {
    const fresh = { title: "runs/a", step: 0, steps: 10, losses: [] };
    const block = trainBlock(fresh, { width: 39 });
    expect(block.map((line) => line.replace(/\u2800+/, "").trim())).toEqual([
      "runs/a ───────── 0/10",
      ...Array(7).fill(""),
    ]);
  });

  it("is the same text with colours as without", () => {
    const plain = trainBlock(state, { width: 72 });
    const coloured = trainBlock(state, { width: 72, color: true });
    expect(coloured[1]).toContain("\u001b[36m");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
    expect(coloured.map((line) => line.replace(/\u001b\[\d+m/g, ""))).toEqual(plain);
  });

  it("bends a falling exponential straight on a logarithmic scale", () => {
    const falling = losses.map(({ step }) => ({ step, value: Math.exp(-step / 100) }));
    const rows = trainBlock({ ...state, losses: falling }, { width: 72, log: true }).slice(1, 7);
    const starts = rows.map((row) => row.slice(8).search(/[^\u2800]/));
    for (const [i, start] of starts.entries()) expect(Math.abs(start - (i * 64) / 6)).toBeLessThan(1.5);
  });
});

it.each([
  [1.84e-5, "loss 1.84e-5"],
  [0.00312, "loss 0.00312"],
  [12.345, "loss 12.3"],
  [1234.5, "loss 1235"],
  [2e7, "loss 2e+7"],
  [0, "loss 0.00"],
  [Number.NaN, "loss NaN"],
])("a loss of %d is %s", (loss, text) => {
  expect(trainLine({ title: "", step: 1, steps: 2, losses: [], loss })).toBe(`step 1/2 · ${text}`);
});

it("a line says the same without the curve", () => {
  expect(trainLine(state)).toBe(
    "step 1234/10000 · loss 0.0312 · lr 1e-4 · grad 0.520 · 28.1 images/s · ETA 1h 03m · memory 1.9 GB · snapshot at 1000",
  );
});
