/**
 * Training snapshots: folders that appear whole, tell when they are damaged, and disappear whole.
 *
 * A snapshot holds `state.safetensors` (parameters, moments, moving averages), `state.json` and whatever the caller adds,
 * such as the trained model in diffusers' layout.
 */

import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { CheckpointError, invariant } from "../../errors.ts";
import { elements, type NdArray } from "../../ndarray.ts";
import type { JsonObject } from "../../weights/json.ts";
import { openSafetensors, readFloats, type TensorToWrite, writeSafetensors } from "../../weights/safetensors.node.ts";
import { bytesFromFloats } from "../../weights/tensor-bytes.ts";
import type { TensorRef } from "../../weights/tensor-ref.ts";
import { explainFullDisk, requireRoom } from "./full-disk.node.ts";
import {
  checkFiles,
  formatManifest,
  readManifest,
  STATE_JSON,
  sealFiles,
  snapshotName,
} from "./snapshot-manifest.node.ts";
import { removeWhole, syncFolder, syncTree, temporaryFor, writeWhole } from "./whole-file.node.ts";

const TENSORS = "state.safetensors";
const NAME = /^step-(\d{6,})$/;

/** A tensor of the state, read when it is its turn. */
export interface StateTensor {
  readonly shape: readonly number[];
  read(): Promise<NdArray<Float32Array>>;
}

export interface SnapshotContent {
  /** Steps that are done. */
  readonly step: number;
  /** What of the training's state is no tensor: states of random streams, the place in the data, counts. */
  readonly counters: JsonObject;
  /** By name. They are read one at a time, in the order of their names, so that only one need be in memory. */
  readonly tensors: ReadonlyMap<string, StateTensor>;
  /** Writes further files into the folder it is given. */
  readonly addFiles?: (folder: string) => Promise<void>;
}

export interface Snapshot {
  readonly folder: string;
  readonly step: number;
  readonly counters: JsonObject;
  /** By name; none is read yet. */
  readonly tensors: ReadonlyMap<string, StateTensor>;
}

/** A snapshot that cannot be used, and why. */
export interface RefusedSnapshot {
  readonly folder: string;
  readonly reason: string;
}

/**
 * Writes a snapshot into `folder`, which holds those of one run. It gets its name when all its bytes are on the disk.
 * One of the same step is replaced.
 *
 * @returns the folder written, `folder/step-000500`.
 * @throws UsageError when the disk is too small; nothing is left behind, and earlier snapshots stay as they are.
 */
export async function writeSnapshot(folder: string, content: SnapshotContent): Promise<string> {
  const target = join(folder, snapshotName(content.step));
  const bytes = 4 * [...content.tensors.values()].reduce((sum, { shape }) => sum + elements(shape), 0);
  const subject = `the snapshot of step ${content.step}`;
  const advice = "Make room, then resume the run: its earlier snapshots are as they were";
  const writing = { subject, folder, bytes, advice };
  await mkdir(folder, { recursive: true });
  await requireRoom(writing);
  const temporary = temporaryFor(target);
  try {
    await explainFullDisk(writing, () => fill(temporary, content));
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
  const old = existsSync(target) ? temporaryFor(target) : undefined;
  if (old !== undefined) await rename(target, old);
  await rename(temporary, target);
  await syncFolder(folder);
  if (old !== undefined) await rm(old, { recursive: true, force: true });
  return target;
}

async function fill(folder: string, { step, counters, tensors, addFiles }: SnapshotContent): Promise<void> {
  await mkdir(folder);
  await writeSafetensors(join(folder, TENSORS), [...tensors].map(toWrite));
  await addFiles?.(folder);
  const files = await sealFiles(folder);
  await writeWhole(join(folder, STATE_JSON), formatManifest({ step, counters, files }));
  await syncTree(folder);
}

function toWrite([name, { shape, read }]: [string, StateTensor]): TensorToWrite {
  return { name, shape, dtype: "float32", data: async () => bytesFromFloats((await read()).data, "float32") };
}

/**
 * Opens a snapshot after comparing every byte of it with the checksums that were written with it.
 *
 * @throws CheckpointError that says what is missing or damaged.
 */
export async function readSnapshot(folder: string): Promise<Snapshot> {
  const manifest = await readManifest(folder);
  await checkFiles(folder, manifest, { contents: true });
  const { tensors } = await openSafetensors(join(folder, TENSORS));
  const toRead = ([name, ref]: [string, TensorRef]) =>
    [name, { shape: ref.shape, read: () => readFloats(ref) }] as const;
  return { folder, step: manifest.step, counters: manifest.counters, tensors: new Map([...tensors].map(toRead)) };
}

/** The whole snapshot of the latest step in `folder`, and those of later steps that are damaged. */
export async function latestSnapshot(
  folder: string,
): Promise<{ snapshot: Snapshot | undefined; refused: readonly RefusedSnapshot[] }> {
  const refused: RefusedSnapshot[] = [];
  for (const candidate of await newestFirst(folder)) {
    try {
      return { snapshot: await readSnapshot(candidate), refused };
    } catch (error) {
      if (!(error instanceof CheckpointError)) throw error;
      refused.push({ folder: candidate, reason: error.message });
    }
  }
  return { snapshot: undefined, refused };
}

/**
 * Of the snapshots up to step `upTo`, deletes what is older than the `count` (≥ 1) newest that have all their files; while
 * there are fewer, nothing. That of step `upTo` should be known to be whole; later ones are damaged, and stay.
 */
export async function keepLast(folder: string, { count, upTo }: { count: number; upTo: number }): Promise<void> {
  invariant(Number.isInteger(count) && count >= 1, `${count} snapshots to keep`);
  let kept = 0;
  for (const candidate of await newestFirst(folder, upTo)) {
    if (kept === count) await removeWhole(candidate);
    else if (await isComplete(candidate)) kept += 1;
  }
}

async function isComplete(folder: string): Promise<boolean> {
  try {
    await checkFiles(folder, await readManifest(folder), { contents: false });
    return true;
  } catch (error) {
    if (error instanceof CheckpointError) return false;
    throw error;
  }
}

/** Paths of what has the name of a snapshot of step `upTo` or before. */
async function newestFirst(folder: string, upTo = Number.POSITIVE_INFINITY): Promise<string[]> {
  const names = await readdir(folder).catch((error) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const steps = names.map((name) => Number(NAME.exec(name)?.[1])).filter((step, i) => names[i] === snapshotName(step));
  return steps
    .filter((step) => step <= upTo)
    .sort((a, b) => b - a)
    .map((step) => join(folder, snapshotName(step)));
}
