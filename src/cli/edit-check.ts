/** What can be known to be wrong with an edit before the model is loaded. */

import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { UsageError } from "../errors.ts";
import type { Size } from "../image/fit.ts";
import { type Mask, toMask } from "../image/mask.ts";
import { completeSettings, type EditSettings, type EditVerbOptions } from "../options/edit.ts";
import type { EditDefaults } from "../pipelines/edit-defaults.ts";
import type { EditDependencies } from "./edit-dependencies.ts";
import type { ReadInput } from "./edit-inputs.ts";
import { type EditJob, STREAM } from "./edit-plan.ts";
import type { Terminal } from "./terminal.ts";

export interface CheckContext {
  readonly terminal: Terminal;
  readonly dependencies: EditDependencies;
  readonly options: EditVerbOptions;
  /** The model's, as far as they are known before it is loaded. */
  readonly defaults: EditDefaults;
  readonly readImage: ReadInput;
  readonly readMask: ReadInput;
}

/** An edit that can be made, and at which sizes. */
export interface CheckedJob {
  readonly job: EditJob;
  readonly settings: EditSettings;
  readonly input: Size;
  readonly working: Size;
}

/**
 * Decodes the inputs, compares their sizes and sees that the output can be written.
 * @throws UsageError saying what is wrong
 */
export async function checkJob(job: EditJob, context: CheckContext): Promise<CheckedJob> {
  await checkOutput(job, context);
  const { image } = await context.readImage(job.image);
  const { restore, keepBelow = 0 } = job.settings;
  if (!restore && (job.mask !== undefined || keepBelow > 0)) {
    const flag = job.mask === undefined ? "--keep-below" : "--mask";
    throw new UsageError(`${flag} needs the result in the input's size; leave out --no-restore`);
  }
  if (job.mask !== undefined) await maskFor(job.mask, image, context.readMask);
  const settings = completeSettings(job.settings, context.defaults);
  const working = await context.dependencies.workingSize(image, settings);
  return { job, settings, input: { width: image.width, height: image.height }, working };
}

/** The mask in a file. @throws UsageError when it is not of the image's size. */
export async function maskFor(path: string, image: Size, readMask: ReadInput): Promise<{ mask: Mask; sha256: string }> {
  const input = await readMask(path);
  const mask = toMask(input.image);
  if (mask.width === image.width && mask.height === image.height) return { mask, sha256: input.sha256 };
  throw new UsageError(
    `the mask ${path} is ${mask.width} × ${mask.height} pixels, the image ${image.width} × ${image.height}: they must be of one size`,
  );
}

async function checkOutput({ output, folder }: EditJob, context: CheckContext): Promise<void> {
  const { force, json, progress, dryRun } = context.options;
  if (output === STREAM) {
    if (context.terminal.stdout.isTTY === true) {
      throw new UsageError("-o - writes PNG bytes to standard output, which is a terminal; redirect it or name a file");
    }
    if (json || progress === "json") throw new UsageError("-o - and JSON cannot share standard output; name a file");
    return;
  }
  if (!force && existsSync(output))
    throw new UsageError(`${output} exists; give another name, or --force to overwrite it`);
  if (folder !== undefined && !existsSync(folder)) {
    if (dryRun) return;
    await mkdir(folder, { recursive: true });
  }
  await context.dependencies.checkWritable(output);
}
