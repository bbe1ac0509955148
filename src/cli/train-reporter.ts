/** Training as a person or a script follows it: a block that is redrawn, a line now and then, or one JSON event per step. */

import type { Metrics } from "../train/run/metrics.ts";
import { paceOf, smoother } from "../train/run/pace.ts";
import type { Point } from "./loss-curve.ts";
import type { ProgressMode } from "./progress.ts";
import { type Terminal, usesColor } from "./terminal.ts";
import { type TrainState, trainBlock, trainLine } from "./train-view.ts";

export interface TrainReporter {
  /** A step is done, with so many images; `memory` in resident bytes. */
  step(metrics: Metrics, measured: { images: number; memory?: number }): void;
  /** A snapshot of a step is written. */
  snapshot(step: number): void;
  /** Prints a remark, above the block where there is one. */
  note(text: string): void;
  /** Shows how things stand a last time. */
  close(): void;
}

export interface TrainReporterOptions {
  readonly title: string;
  /** The last step. */
  readonly steps: number;
  /** What a resumed run has recorded. */
  readonly history?: readonly Metrics[];
  /** Whether the curve has a logarithmic scale. Default false. */
  readonly log?: boolean;
}

/** The reporter for a mode: `auto` looks at whether standard error is a terminal. */
export function trainReporter(mode: ProgressMode, terminal: Terminal, options: TrainReporterOptions): TrainReporter {
  const watch = watcher(options, terminal.now);
  if (mode === "none") return { step() {}, snapshot() {}, note() {}, close() {} };
  if (mode === "json") return eventReporter(terminal, watch);
  return terminal.stderr.isTTY === true ? blockReporter(terminal, watch, options.log) : lineReporter(terminal, watch);
}

interface Watcher {
  step: TrainReporter["step"];
  snapshot(step: number): void;
  state(): TrainState;
}

/** Puts a state together from what is reported. */
function watcher({ title, steps, history = [] }: TrainReporterOptions, now: () => number): Watcher {
  const losses: Point[] = [];
  const smooth = smoother();
  const pace = paceOf({ steps });
  let state: TrainState = { title, step: 0, steps, losses };
  const take = (metrics: Metrics): TrainState => {
    const { step, loss, learningRate = state.learningRate, gradNorm = state.gradNorm } = metrics;
    if (loss === undefined) return { ...state, step };
    losses.push({ step, value: loss });
    return { ...state, step, loss: smooth(loss), learningRate, gradNorm };
  };
  for (const metrics of history) state = take(metrics);
  return {
    step(metrics, { images, memory }) {
      state = { ...take(metrics), ...pace(metrics.step, images, now() / 1000), memory };
    },
    snapshot(step) {
      state = { ...state, snapshot: step };
    },
    state: () => state,
  };
}

const MAX_WIDTH = 100;
const REDRAW_MS = 250;
const LINE_MS = 10_000;

/** Calls `work` for the first and the last step, and otherwise when `period` milliseconds have passed. */
function every(period: number, now: () => number, work: () => void): (state: TrainState) => void {
  let last = Number.NEGATIVE_INFINITY;
  return ({ step, steps }) => {
    if (now() - last < period && step < steps) return;
    last = now();
    work();
  };
}

function blockReporter({ stderr, env, now }: Terminal, watch: Watcher, log?: boolean): TrainReporter {
  let lines = 0;
  const erase = () => {
    if (lines > 0) stderr.write(`\u001b[${lines}A\r\u001b[J`);
    lines = 0;
  };
  const draw = () => {
    const width = Math.min(MAX_WIDTH, (stderr.columns ?? 80) - 1);
    const block = trainBlock(watch.state(), { width, color: usesColor(stderr, env), log });
    const up = lines > 0 ? `\u001b[${lines}A\r` : "";
    stderr.write(`${up}${block.map((line) => `${line}\u001b[K\n`).join("")}\u001b[J`);
    lines = block.length;
  };
  const redraw = every(REDRAW_MS, now, draw);
  return {
    step(...report) {
      watch.step(...report);
      redraw(watch.state());
    },
    snapshot(step) {
      watch.snapshot(step);
      draw();
    },
    note(text) {
      erase();
      stderr.write(`${text}\n`);
    },
    close: draw,
  };
}

function lineReporter({ stderr, now }: Terminal, watch: Watcher): TrainReporter {
  const print = () => stderr.write(`${trainLine(watch.state())}\n`);
  const printNow = every(LINE_MS, now, print);
  return {
    step(...report) {
      watch.step(...report);
      printNow(watch.state());
    },
    snapshot: (step) => watch.snapshot(step),
    note: (text) => stderr.write(`${text}\n`),
    close() {},
  };
}

function eventReporter({ stdout, stderr }: Terminal, watch: Watcher): TrainReporter {
  const emit = (event: object) => stdout.write(`${JSON.stringify(event)}\n`);
  return {
    step(metrics, measured) {
      watch.step(metrics, measured);
      const { steps, imagesPerSecond = null, secondsLeft = null, memory = null } = watch.state();
      emit({ type: "train", steps, ...metrics, images_per_second: imagesPerSecond, eta_s: secondsLeft, memory });
    },
    snapshot: (step) => emit({ type: "snapshot", step }),
    note: (text) => stderr.write(`${text}\n`),
    close() {},
  };
}
