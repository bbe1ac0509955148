/** How a training stands, in words and a curve. */

import type { Pace } from "../train/run/pace.ts";
import { lossCurve, type Point } from "./loss-curve.ts";
import { bar, bytes, duration } from "./progress-text.ts";

/** What is known about a training at one moment. */
export interface TrainState extends Pace {
  readonly title: string;
  readonly step: number;
  readonly steps: number;
  /** The loss of every step so far, in their order. */
  readonly losses: readonly Point[];
  /** Smoothed. */
  readonly loss?: number;
  readonly learningRate?: number;
  readonly gradNorm?: number;
  /** Resident bytes. */
  readonly memory?: number;
  /** The step of the latest snapshot. */
  readonly snapshot?: number;
}

export interface ViewOptions {
  /** Cells of the widest line, 39 or more. */
  readonly width: number;
  readonly color?: boolean;
  /** Whether the curve has a logarithmic scale. Default false. */
  readonly log?: boolean;
}

const CURVE_ROWS = 6;
const LABEL = 8;

/** The block for a terminal: title and bar, the curve of the whole run, and its numbers. No line is wider than `width`. */
export function trainBlock(state: TrainState, { width, color = false, log = false }: ViewOptions): string[] {
  const { rows, high, low } = lossCurve(state.losses, { width: width - LABEL, height: CURVE_ROWS, log });
  const dim = painter(color, "2");
  const line = painter(color, "36");
  const labels = rows.map(() => "");
  if (high !== undefined && low !== undefined) [labels[0], labels[CURVE_ROWS - 1]] = [number(high), number(low)];
  return [
    titleLine(state, width),
    ...rows.map((row, i) => `${dim(labels[i].padStart(LABEL - 1))} ${line(row)}`),
    dim(stepsLine(state.losses, width)),
    ...packed([...measured(state), ...paced(state)], width),
  ];
}

/** The same in one line, for logs. */
export function trainLine(state: TrainState): string {
  return [`step ${state.step}/${state.steps}`, ...measured(state), ...paced(state)].join(" · ");
}

function titleLine({ title, step, steps }: TrainState, width: number): string {
  const tail = ` ${step}/${steps}`;
  const cells = Math.min(24, width >> 2);
  const room = width - tail.length - cells - 1;
  const name = title.length > room ? `${title.slice(0, room - 1)}…` : title;
  return `${name} ${bar(step / steps, cells)}${tail}`;
}

/** The steps at both ends of the curve. */
function stepsLine(losses: readonly Point[], width: number): string {
  const [first, last] = [losses[0], losses[losses.length - 1]].map((point) => String(point?.step ?? ""));
  return `${" ".repeat(LABEL)}${first}${last.padStart(width - LABEL - first.length)}`;
}

function measured({ loss, learningRate, gradNorm }: TrainState): string[] {
  const numbers = { loss, lr: learningRate, grad: gradNorm };
  return Object.entries(numbers).flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${number(value)}`]));
}

function paced({ imagesPerSecond, secondsLeft, memory, snapshot }: TrainState): string[] {
  return [
    ...(imagesPerSecond === undefined ? [] : [`${number(imagesPerSecond)} images/s`]),
    ...(secondsLeft === undefined ? [] : [`ETA ${duration(secondsLeft)}`]),
    ...(memory === undefined ? [] : [`memory ${bytes(memory)}`]),
    ...(snapshot === undefined ? [] : [`snapshot at ${snapshot}`]),
  ];
}

/** Items with dots between them, in as few lines as fit. */
function packed(items: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const item of items) {
    const longer = `${lines.at(-1)} · ${item}`;
    if (lines.length > 0 && longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(item);
  }
  return lines;
}

/** Three digits that matter: `0.0312`, `12.3`, `1240`, `1e-4`. */
function number(value: number): string {
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return String(value);
  if (size >= 100 && size < 1e6) return value.toFixed(0);
  if (size === 0 || (size >= 1e-3 && size < 100)) return value.toPrecision(3);
  return Number(value.toPrecision(3)).toExponential();
}

function painter(color: boolean, code: string): (text: string) => string {
  return (text) => (color ? `\u001b[${code}m${text}\u001b[0m` : text);
}
