/** What a model takes on this machine's disk, and whether it is still what it was. Nothing of it is downloaded. */

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { basename } from "node:path";
import { CheckpointError } from "../../errors.ts";
import { type DownloadPlan, planDownload } from "../../hub/resolve-model.node.ts";
import { openLocal } from "../../pipelines/local-checkpoint.node.ts";
import type { Checkpoint, Component } from "../../weights/checkpoint.ts";
import { describeCheckpoint } from "../../weights/describe.ts";
import { findNonFinite } from "../../weights/non-finite.ts";
import { readTensorBytes } from "../../weights/safetensors.node.ts";

/** What is on the disk of a model. */
export interface ModelFiles {
  /** E.g. `Stable Diffusion 1.x InstructPix2Pix (8 input channels)`. */
  readonly title: string;
  readonly parameters: number;
  /** Of the weight files. */
  readonly bytes: number;
}

export interface Verified {
  /** Of the weights that were read. */
  readonly bytes: number;
  /** Of those, in files whose hash is known from the hub. */
  readonly hashedBytes: number;
}

export interface ModelChoice {
  /** A folder, a file or a name of the hub. */
  readonly model: string;
  readonly variant?: string;
}

/** @throws HubError when the model is not on this machine; CheckpointError when it is none */
export async function describeModel({ model, variant }: ModelChoice): Promise<ModelFiles> {
  const checkpoint = await openLocal(model, { variant });
  const { title, parameters } = describeCheckpoint(checkpoint);
  return { title, parameters, bytes: sum(await sizes(weightFiles(checkpoint))) };
}

/**
 * Reads every weight: whether files of the hub's cache have the content they are named by, and all numbers are numbers.
 *
 * @throws CheckpointError naming the file that is damaged; what `describeModel` throws; the signal's reason
 */
export async function verifyModel({ model, variant }: ModelChoice, signal: AbortSignal): Promise<Verified> {
  const checkpoint = await openLocal(model, { variant });
  const files = weightFiles(checkpoint);
  const bytes = await sizes(files);
  let hashedBytes = 0;
  for (const [i, file] of files.entries()) {
    const expected = await hashOf(file);
    if (expected === undefined) continue;
    const found = await sha256(file, signal);
    if (found !== expected) {
      const name = `${checkpoint.path}: a weight file of ${bytes[i]} bytes`;
      throw new CheckpointError(`${name} is damaged: its SHA-256 is ${found}, expected ${expected}; download it again`);
    }
    hashedBytes += bytes[i];
  }
  for (const component of checkpoint.components.values()) await expectNumbers(checkpoint, component, signal);
  return { bytes: sum(bytes), hashedBytes };
}

/** What loading it would download, as its hub says; undefined when it is here. @throws HubError when the hub cannot say */
export function planModelDownload({ model, variant }: ModelChoice): Promise<DownloadPlan | undefined> {
  return planDownload(model, { variant });
}

function weightFiles({ components }: Checkpoint): string[] {
  const tensors = [...components.values()].flatMap((component) => [...component.tensors.values()]);
  return [...new Set(tensors.map(({ file }) => file))];
}

/** The hash a file has to have: in the hub's cache, content is named by it. */
async function hashOf(file: string): Promise<string | undefined> {
  const name = basename(await realpath(file));
  return /^[0-9a-f]{64}$/.test(name) ? name : undefined;
}

async function sha256(file: string, signal: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file, { signal, highWaterMark: 2 ** 20 })) hash.update(chunk);
  return hash.digest("hex");
}

async function expectNumbers({ path }: Checkpoint, { name, tensors }: Component, signal: AbortSignal): Promise<void> {
  const found = await findNonFinite(tensors.values(), readTensorBytes, { signal });
  if (found === undefined) return;
  const { tensor, index, value } = found;
  throw new CheckpointError(
    `${path}: ${name} holds ${value} at ${tensor}[${index}]: the file is damaged, or was badly made`,
  );
}

function sizes(files: readonly string[]): Promise<number[]> {
  return Promise.all(files.map(async (file) => (await stat(file)).size));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
