/** A disk without room for what training wants to write: asked before, explained after. */

import { UsageError } from "../../errors.ts";
import { describeBytes, freeBytes } from "../../hub/disk-space.node.ts";

/** What is to be written, for messages, and what follows from its not being there. */
export interface Writing {
  readonly subject: string;
  readonly folder: string;
  /** Bytes, as far as they are known. */
  readonly bytes?: number;
  readonly advice: string;
}

/** @throws UsageError when the disk says that it has fewer bytes left than `writing` needs. */
export async function requireRoom(writing: Writing): Promise<void> {
  const free = await freeBytes(writing.folder);
  if (free !== undefined && free < (writing.bytes ?? 0)) throw await noRoom(writing);
}

/** Runs `work`. @throws UsageError in place of an error that says that the disk is full; others pass. */
export async function explainFullDisk<T>(writing: Writing, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOSPC" || code === "EDQUOT") throw await noRoom(writing, error);
    throw error;
  }
}

async function noRoom({ subject, folder, bytes, advice }: Writing, cause?: unknown): Promise<UsageError> {
  const free = await freeBytes(folder);
  const needs = bytes === undefined ? `there is no room for ${subject}` : `${subject} needs ${describeBytes(bytes)}`;
  const has = free === undefined ? "is full" : `has ${describeBytes(free)} left`;
  return new UsageError(`${needs}: the disk of ${folder} ${has}. ${advice}`, { cause });
}
