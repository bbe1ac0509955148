/** A training that is recorded: steps, samples and snapshots go into a run folder, and in the end the model does. */

import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { invariant } from "../errors.ts";
import type { Recipe, Trained } from "./recipe.ts";
import { explainFullDisk } from "./run/full-disk.node.ts";
import type { Run } from "./run/run-folder.node.ts";
import type { Snapshot } from "./run/snapshot.node.ts";
import { removeWhole, syncFolder, temporaryFor } from "./run/whole-file.node.ts";
import { stateName } from "./trainable-store.ts";
import { type StepReport, Trainer, type TrainerOptions } from "./trainer.ts";

export interface TrainingOptions extends Omit<TrainerOptions, "task" | "resume"> {
  readonly recipe: Recipe;
  /** Where it is recorded, and, where it has a snapshot, goes on from. */
  readonly run: Run;
  /** Steps from snapshot to snapshot. There is one after the last step, too. */
  readonly checkpointEvery: number;
  /** Steps from sample to sample. There is one after the last step, too. Absent: none. */
  readonly sampleEvery?: number;
  /** Writes a snapshot after the step under way, and ends the training there. */
  readonly signal?: AbortSignal;
}

/** What happened. A `model` is the end of a training that was not stopped before. */
export type TrainingEvent =
  | { readonly type: "step"; readonly report: StepReport; readonly images: number; readonly memory: number }
  | { readonly type: "sample" | "snapshot"; readonly step: number; readonly path: string }
  | { readonly type: "model"; readonly path: string };

/** The folder of a finished model, inside that of its run. */
export const MODEL = "model";

/**
 * Trains to the end, or until `signal` fires or the caller leaves the loop; only the former two lose nothing.
 *
 * @throws UsageError, CheckpointError as `Trainer` and the recipe do; UsageError when the disk is full. What was written
 *   before stays whole.
 */
export async function* trainRecorded(options: TrainingOptions): AsyncGenerator<TrainingEvent, void> {
  const { recipe, run, batch, accumulate = 1, checkpointEvery, sampleEvery = Infinity, signal } = options;
  await using trainer = await Trainer.start({ ...options, task: recipe.task, resume: goneOn(run.snapshot) });
  const trained = weightsOf(trainer, options.ema === false ? "weight" : "ema");
  const images = batch * accumulate;
  let begun = performance.now();
  for await (const report of trainer) {
    const seconds = (performance.now() - begun) / 1000;
    const { step, loss, gradNorm, learningRate, metrics } = report;
    const memory = process.memoryUsage.rss();
    const timing = { seconds, imagesPerSecond: images / seconds, memory };
    await run.log({ step, loss, learningRate, gradNorm, ...metrics }, timing);
    yield { type: "step", report, images, memory };
    const isDue = (period: number) => step % period === 0 || step === options.steps;
    if (recipe.sample && sampleEvery !== Infinity && isDue(sampleEvery)) {
      yield { type: "sample", step, path: await run.sample(step, await recipe.sample(trained)) };
    }
    const stopped = signal?.aborted === true;
    if (isDue(checkpointEvery) || stopped) {
      const addFiles = (folder: string) => recipe.writeParts(folder, trained);
      const content = { step, counters: {}, tensors: trainer.tensors, addFiles };
      yield { type: "snapshot", step, path: await run.writeSnapshot(content) };
    }
    if (stopped) return;
    begun = performance.now();
  }
  yield { type: "model", path: await writeModel(run.folder, recipe, trained) };
}

function goneOn(snapshot: Snapshot | undefined): TrainerOptions["resume"] {
  return snapshot && { step: snapshot.step, tensors: Object.fromEntries(snapshot.tensors) };
}

function weightsOf({ shapes, engine, tensors }: Trainer, slot: Trained["slot"]): Trained {
  return {
    ...{ slot, shapes, engine },
    read: (path) => {
      const tensor = tensors.get(stateName(slot, path));
      invariant(tensor, `no trained tensor ${path}`);
      return tensor.read();
    },
  };
}

/** Writes the model, which appears whole in the place of an earlier one. */
async function writeModel(run: string, recipe: Recipe, trained: Trained): Promise<string> {
  const target = join(run, MODEL);
  const temporary = temporaryFor(target);
  const writing = { subject: "the model", folder: run, advice: "Make room, then resume the run" };
  try {
    await explainFullDisk(writing, async () => {
      await mkdir(temporary);
      await recipe.writeModel(temporary, trained);
      for (const entry of await readdir(temporary, { withFileTypes: true })) {
        if (entry.isDirectory()) await syncFolder(join(temporary, entry.name));
      }
      await syncFolder(temporary);
    });
    if (existsSync(target)) await removeWhole(target);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
  await syncFolder(run);
  return target;
}
