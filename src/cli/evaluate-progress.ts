/** How far an evaluation is: a bar on a terminal, a line now and then elsewhere, or one JSON event per measurement. */

import type { Share } from "../eval/wilson.ts";
import type { ProgressMode } from "./progress.ts";
import { bar, duration } from "./progress-text.ts";
import type { Terminal } from "./terminal.ts";

/** Of `total` measurements, `done` are made. */
export interface EvaluateProgress {
  readonly done: number;
  readonly total: number;
  /** Seconds; undefined while it cannot be told. */
  readonly left?: number;
  /** How the edits at the scales of the main table have fared so far. */
  readonly success?: Share;
}

export interface EvaluateReporter {
  measured(progress: EvaluateProgress): void;
  /** Takes the bar off the terminal, so that something else can be printed. */
  clear(): void;
}

const REDRAW_MS = 100;
const LINE_MS = 30_000;
const CELLS = 24;

/** The reporter for a mode: `auto` looks at whether standard error is a terminal. */
export function evaluateReporter(mode: ProgressMode, { stdout, stderr, now }: Terminal): EvaluateReporter {
  if (mode === "none") return { measured() {}, clear() {} };
  if (mode === "json") {
    return {
      measured({ done, total, left = null, success }) {
        const event = { type: "progress", done, total, eta_s: left, success: success?.share ?? null };
        stdout.write(`${JSON.stringify(event)}\n`);
      },
      clear() {},
    };
  }
  const terminal = stderr.isTTY === true;
  let last = Number.NEGATIVE_INFINITY;
  let shown = false;
  return {
    measured(progress) {
      const due = now() - last >= (terminal ? REDRAW_MS : LINE_MS);
      if (!due && progress.done < progress.total) return;
      last = now();
      shown = true;
      const cells = bar(progress.done / progress.total, CELLS);
      stderr.write(terminal ? `\r${cells} ${words(progress)}\u001b[K` : `${words(progress)}\n`);
    },
    clear() {
      if (shown && terminal) stderr.write("\r\u001b[K");
      shown = false;
    },
  };
}

function words({ done, total, left, success }: EvaluateProgress): string {
  return [
    `${done}/${total}`,
    ...(success === undefined ? [] : [`${(100 * success.share).toFixed(0)} % of ${success.n} edits right`]),
    ...(left === undefined ? [] : [`ETA ${duration(left)}`]),
  ].join(" · ");
}
