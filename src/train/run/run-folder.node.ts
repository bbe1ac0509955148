/**
 * The folder of a training run: what it was asked, what it measured, what it looked like, and where it can go on.
 *
 * ```
 * options.json            what the run was started with
 * metrics.jsonl           a line per step; the same bytes however often the run was interrupted
 * timings.jsonl           what clocks and memory said
 * events.out.tfevents.*   the same for TensorBoard, with pictures and texts; a file per session
 * samples/step-000500.png
 * checkpoints/step-000500/
 * ```
 */

import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { CheckpointError, invariant, UsageError } from "../../errors.ts";
import { encodeImage } from "../../image/encode.node.ts";
import type { Image } from "../../image/image.ts";
import type { JsonObject } from "../../weights/json.ts";
import { EventFile } from "./event-file.node.ts";
import { imageRecord, type Moment, scalarsRecord, textRecord } from "./event-file.ts";
import { explainFullDisk } from "./full-disk.node.ts";
import { type Metrics, type Timing, taggedScalars } from "./metrics.ts";
import { RecordFile } from "./record-file.node.ts";
import { holdLock } from "./run-lock.node.ts";
import { asJson, requireSameOptions } from "./run-options.ts";
import {
  keepLast,
  latestSnapshot,
  type RefusedSnapshot,
  type Snapshot,
  type SnapshotContent,
  writeSnapshot,
} from "./snapshot.node.ts";
import { snapshotName } from "./snapshot-manifest.node.ts";
import { removeTemporaries, writeWhole } from "./whole-file.node.ts";

const OPTIONS = "options.json";
const METRICS = "metrics.jsonl";
const TIMINGS = "timings.jsonl";
const SAMPLES = "samples";
const CHECKPOINTS = "checkpoints";
const LOCK = "run.lock";

/** The latest settled step of a run without a snapshot. Step 0 is the model before its first step. */
const BEGINNING = -1;

export interface RunSettings {
  /** The resolved options of the run: everything that decides what it computes. */
  readonly options: object;
  /** Whether `folder` holds a run that is to go on. Default false: it must not hold one. */
  readonly resume?: boolean;
  /** Names of options that may differ when a run is resumed: `["steps"]`. Default none. */
  readonly freeOptions?: readonly string[];
  /** Snapshots to keep, at least 1. Default all. */
  readonly keep?: number;
}

/**
 * Creates a run, or opens one where its latest whole snapshot was made. What it recorded after that is removed, since
 * training is going to record it again.
 *
 * @throws UsageError when the folder holds a run and should not, or should and does not; when options differ; when
 *   another process is at it; when `keep` is out of range. @throws CheckpointError when it has snapshots and all are damaged.
 */
export async function openRun(folder: string, settings: RunSettings): Promise<Run> {
  const { keep = 1 } = settings;
  if (!(Number.isInteger(keep) && keep >= 1)) {
    throw new UsageError(`expected to keep a whole number of snapshots, at least 1, got ${keep}`);
  }
  if (settings.resume === true && !existsSync(join(folder, OPTIONS))) {
    throw new UsageError(
      `expected a run to resume in ${folder}, but there is no ${OPTIONS}. Start one without resuming`,
    );
  }
  return explainFullDisk({ subject: "a run", folder, advice: "Make room, then resume the run" }, async () => {
    const unlock = await holdLock(join(folder, LOCK));
    try {
      return await openLocked(folder, settings, unlock);
    } catch (error) {
      await unlock();
      throw error;
    }
  });
}

async function openLocked(folder: string, settings: RunSettings, unlock: () => Promise<void>): Promise<Run> {
  const options = asJson(settings.options);
  if (settings.resume === true) await adoptOptions(folder, options, settings.freeOptions ?? []);
  else await requireNoRun(folder);
  const { snapshot, refused } = await latestSnapshot(join(folder, CHECKPOINTS));
  if (snapshot === undefined && refused.length > 0) throw allRefused(folder, refused);
  const settled = snapshot?.step ?? BEGINNING;
  await writeWhole(join(folder, OPTIONS), optionsText(options));
  await cleanUp(folder, settled);
  const { keep } = settings;
  if (keep !== undefined) await keepLast(join(folder, CHECKPOINTS), { count: keep, upTo: settled });
  const files = await openFiles(folder, settled);
  const run = new Run(folder, { snapshot, refused, keep, files, unlock });
  if (snapshot === undefined) await run.text("options", 0, indented(optionsText(options).trimEnd()));
  return run;
}

async function adoptOptions(folder: string, options: JsonObject, free: readonly string[]): Promise<void> {
  const path = join(folder, OPTIONS);
  let started: JsonObject;
  try {
    started = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    throw new UsageError(`${path} cannot be read: restore it, or start another run`, { cause: error });
  }
  requireSameOptions(started, options, { folder, free });
}

async function requireNoRun(folder: string): Promise<void> {
  const found = [OPTIONS, METRICS, TIMINGS, SAMPLES, CHECKPOINTS].find((name) => existsSync(join(folder, name)));
  if (found === undefined) return;
  throw new UsageError(
    `expected a folder without a run, but ${folder} has ${found}. Resume that run, or choose another folder`,
  );
}

function allRefused(folder: string, refused: readonly RefusedSnapshot[]): CheckpointError {
  const reasons = refused.map(({ reason }) => reason).join("; ");
  return new CheckpointError(
    `expected a whole snapshot to resume from, but all in ${folder} are damaged: ${reasons}. ` +
      `Restore one, or remove ${join(folder, CHECKPOINTS)} to begin again at step 0`,
  );
}

/** Removes half-written things, and samples of steps that are going to be done again. */
async function cleanUp(folder: string, settled: number): Promise<void> {
  for (const name of [SAMPLES, CHECKPOINTS]) await mkdir(join(folder, name), { recursive: true });
  for (const name of [".", SAMPLES, CHECKPOINTS]) await removeTemporaries(join(folder, name));
  for (const name of await readdir(join(folder, SAMPLES))) {
    if (Number(/^step-(\d+)\.png$/.exec(name)?.[1]) > settled) await rm(join(folder, SAMPLES, name));
  }
}

function optionsText(options: JsonObject): string {
  return `${JSON.stringify(options, undefined, 2)}\n`;
}

/** Text that Markdown shows as it is. */
function indented(text: string): string {
  return text.replace(/^/gm, "    ");
}

interface RunFiles {
  readonly metrics: RecordFile;
  readonly timings: RecordFile;
  readonly events: EventFile;
}

async function openFiles(folder: string, settled: number): Promise<RunFiles> {
  const metrics = await RecordFile.open(join(folder, METRICS), settled);
  const timings = await RecordFile.open(join(folder, TIMINGS), settled);
  const events = await EventFile.create(folder, { step: settled + 1, wallTime: Date.now() / 1000 });
  return { metrics, timings, events };
}

/** A run this process is at. Its methods are called one at a time, in the order of the steps. */
export class Run {
  readonly folder: string;
  /** Where training goes on from; undefined at the beginning. */
  readonly snapshot: Snapshot | undefined;
  /** Later snapshots than that, which are damaged. */
  readonly refused: readonly RefusedSnapshot[];
  readonly #keep: number | undefined;
  readonly #files: RunFiles;
  readonly #unlock: () => Promise<void>;
  /** The step of the latest snapshot. What is of this step or before is on the disk and stays as it is. */
  #settled: number;

  constructor(
    folder: string,
    held: {
      snapshot: Snapshot | undefined;
      refused: readonly RefusedSnapshot[];
      keep: number | undefined;
      files: RunFiles;
      unlock: () => Promise<void>;
    },
  ) {
    this.folder = folder;
    this.snapshot = held.snapshot;
    this.refused = held.refused;
    this.#keep = held.keep;
    this.#files = held.files;
    this.#unlock = held.unlock;
    this.#settled = held.snapshot?.step ?? BEGINNING;
  }

  /** What was recorded up to the snapshot, oldest first. */
  get history(): readonly Metrics[] {
    return this.#files.metrics.kept;
  }

  /** Records numbers of a step. Everything of a step is recorded before its snapshot is written. */
  async log(metrics: Metrics, timing: Omit<Timing, "step"> = {}): Promise<void> {
    this.#requireUnsettled(metrics.step);
    const { step } = metrics;
    const timed = { ...timing, step };
    await this.#write(`the metrics of step ${step}`, async () => {
      await this.#files.metrics.append(metrics);
      if (Object.keys(timing).length > 0) await this.#files.timings.append(timed);
      const scalars = [...taggedScalars(metrics, "train"), ...taggedScalars(timed, "speed")];
      await this.#files.events.append(scalarsRecord(momentOf(step), scalars));
    });
  }

  /** Keeps a picture of what the model does at a step, as `samples/step-000500.png`. @returns its path. */
  async sample(step: number, image: Image): Promise<string> {
    this.#requireUnsettled(step);
    const path = join(this.folder, SAMPLES, `${snapshotName(step)}.png`);
    const png = await encodeImage(image, "png");
    const { width, height, alpha } = image;
    await this.#write(`the sample of step ${step}`, async () => {
      await writeWhole(path, png);
      const picture = { width, height, channels: alpha === undefined ? 3 : 4, png } as const;
      await this.#files.events.append(imageRecord(momentOf(step), "samples", picture));
    });
    return path;
  }

  /** Adds a Markdown text to what TensorBoard shows. */
  async text(tag: string, step: number, markdown: string): Promise<void> {
    const record = textRecord(momentOf(step), tag, markdown);
    await this.#write(`a text of step ${step}`, () => this.#files.events.append(record));
  }

  /**
   * Writes `checkpoints/step-000500`, from which the run can be resumed, and then deletes those that are
   * not to be kept. A step that has its snapshot already is left alone.
   *
   * @throws UsageError when the disk is too small for it; earlier ones stay as they are.
   */
  async writeSnapshot(content: SnapshotContent): Promise<string> {
    const folder = join(this.folder, CHECKPOINTS);
    if (content.step === this.#settled) return join(folder, snapshotName(content.step));
    this.#requireUnsettled(content.step);
    // A resumed run relies on having the lines of every step before its snapshot.
    for (const file of Object.values(this.#files)) await file.sync();
    const written = await writeSnapshot(folder, content);
    this.#settled = content.step;
    if (this.#keep !== undefined) await keepLast(folder, { count: this.#keep, upTo: this.#settled });
    return written;
  }

  /** Closes the files and lets other processes in. */
  async dispose(): Promise<void> {
    for (const file of Object.values(this.#files)) await file.close();
    await this.#unlock();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  #requireUnsettled(step: number): void {
    invariant(step > this.#settled, `step ${step} is recorded after the snapshot of step ${this.#settled}`);
  }

  #write(subject: string, work: () => Promise<void>): Promise<void> {
    const advice = "Make room, then resume the run";
    return explainFullDisk({ subject, folder: this.folder, advice }, work);
  }
}

function momentOf(step: number): Moment {
  return { step, wallTime: Date.now() / 1000 };
}
