/** How far a command is: a bar on a terminal, a line per tenth elsewhere, or one JSON event per line. */

import { bar, bytes, duration, rate } from "./progress-text.ts";
import { type Sink, type Terminal, usesColor } from "./terminal.ts";

/** What loading a model reports; `received` and `total` are bytes of all files in the phase `download`, else counts. */
export interface LoadEvent {
  readonly phase: string;
  readonly received?: number;
  readonly total?: number;
  readonly file?: string;
}

/** Of job `job` of `jobs`, counted from 1, `step` of `steps` are done. */
export interface StepEvent {
  readonly job: number;
  readonly jobs: number;
  /** 0 when the job has begun. */
  readonly step: number;
  readonly steps: number;
}

export interface Reporter {
  loading(event: LoadEvent): void;
  step(event: StepEvent): void;
  /** Takes the bar off the terminal, so that something else can be printed. */
  clear(): void;
}

export type ProgressMode = "auto" | "json" | "none";

/** The reporter for a mode: `auto` looks at whether standard error is a terminal. */
export function reporterFor(mode: ProgressMode, terminal: Terminal): Reporter {
  if (mode === "none") return { loading() {}, step() {}, clear() {} };
  if (mode === "json") return eventReporter(terminal);
  return terminal.stderr.isTTY === true ? barReporter(terminal) : lineReporter(terminal);
}

function eventReporter({ stdout, now }: Terminal): Reporter {
  const pace = paceOf(now);
  const emit = (event: object) => stdout.write(`${JSON.stringify(event)}\n`);
  return {
    loading: (event) => emit({ type: "loading", ...event }),
    step(event) {
      const { eta } = pace(event);
      emit({ type: "progress", ...event, eta_s: eta === undefined ? null : Math.round(eta * 10) / 10 });
    },
    clear() {},
  };
}

function barReporter({ stderr, env, now }: Terminal): Reporter {
  const pace = paceOf(now);
  const line = statusLine(stderr, usesColor(stderr, env));
  let drawn = Number.NEGATIVE_INFINITY;
  return {
    loading(event) {
      const complete = event.received !== undefined && event.received === event.total;
      if (now() - drawn < REDRAW_MS && !complete) return;
      drawn = now();
      line.show(loadingLabel(event), loadedFraction(event), loadedAmount(event));
    },
    step(event) {
      const { step, steps } = event;
      line.show(editing(event), step / steps, ` ${step}/${steps}${speedText(pace(event))}`);
    },
    clear: () => line.clear(),
  };
}

function lineReporter({ stderr, now }: Terminal): Reporter {
  const pace = paceOf(now);
  let last = { subject: "", tenth: -1 };
  /** True when `fraction` of `subject` has reached a higher tenth than ever. */
  const reachedTenth = (subject: string, fraction: number) => {
    const tenth = Math.floor(fraction * 10 + 1e-9);
    if (subject === last.subject && tenth <= last.tenth) return false;
    last = { subject, tenth };
    return true;
  };
  return {
    loading(event) {
      const subject = event.phase === DOWNLOAD ? event.phase : loadingLabel(event);
      if (!reachedTenth(subject, loadedFraction(event) ?? 0)) return;
      stderr.write(`${loadingLabel(event)}${loadedAmount(event)}\n`);
    },
    step(event) {
      const { step, steps } = event;
      const speed = pace(event);
      const label = editing(event);
      if (reachedTenth(label, step / steps)) stderr.write(`${label} ${step}/${steps}${speedText(speed)}\n`);
    },
    clear() {},
  };
}

/** The phase whose files arrive side by side and are counted together. */
const DOWNLOAD = "download";

const REDRAW_MS = 50;
const MAX_CELLS = 24;
const MIN_CELLS = 4;
const MAX_LABEL = 40;

/** One line at the bottom of a terminal that is written over and over; never wider than the terminal. */
function statusLine(sink: Sink, color: boolean) {
  let shown = false;
  return {
    show(label: string, fraction: number | undefined, tail: string) {
      const room = (sink.columns ?? 80) - label.length - tail.length - 2;
      const cells = Math.max(MIN_CELLS, Math.min(MAX_CELLS, room));
      shown = true;
      sink.write(
        `\r${label}${fraction === undefined ? "" : ` ${painted(bar(fraction, cells), color)}`}${tail}\u001b[K`,
      );
    },
    clear() {
      if (shown) sink.write("\r\u001b[K");
      shown = false;
    },
  };
}

function painted(cells: string, color: boolean): string {
  if (!color) return cells;
  const filled = cells.replace(/─+$/, "");
  return `\u001b[32m${filled}\u001b[2;39m${cells.slice(filled.length)}\u001b[0m`;
}

function editing({ job, jobs }: StepEvent): string {
  return jobs > 1 ? `Editing ${job}/${jobs}` : "Editing";
}

function loadingLabel({ phase, file }: LoadEvent): string {
  const subject = file === undefined ? phase : `${phase} ${file}`;
  const label = subject.charAt(0).toUpperCase() + subject.slice(1);
  return label.length > MAX_LABEL ? `${label.slice(0, MAX_LABEL - 1)}…` : label;
}

function loadedFraction({ received, total }: LoadEvent): number | undefined {
  return received === undefined || total === undefined || total === 0 ? undefined : received / total;
}

function loadedAmount({ phase, received, total }: LoadEvent): string {
  if (received === undefined) return "";
  const amount = phase === DOWNLOAD ? bytes : String;
  return total === undefined ? ` ${amount(received)}` : ` ${amount(received)} of ${amount(total)}`;
}

interface Speed {
  readonly perSecond?: number;
  /** Seconds left of this job. */
  readonly eta?: number;
}

function speedText({ perSecond, eta }: Speed): string {
  return perSecond === undefined || eta === undefined ? "" : ` · ${rate(perSecond)} · ETA ${duration(eta)}`;
}

/** Speed since the first step was done; until then the job was getting ready, which says little about the others. */
function paceOf(now: () => number): (event: StepEvent) => Speed {
  let first = { job: 0, step: 0, time: 0 };
  return ({ job, step, steps }) => {
    const time = now();
    if (first.job !== job || step <= 1) first = { job, step, time };
    const seconds = (time - first.time) / 1000;
    if (seconds <= 0) return {};
    const perSecond = (step - first.step) / seconds;
    return { perSecond, eta: (steps - step) / perSecond };
  };
}
