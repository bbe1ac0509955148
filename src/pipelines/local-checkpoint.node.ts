/** Opening a checkpoint that is on this machine already; looking at one is no reason to download it. */

import { HubError } from "../errors.ts";
import type { Checkpoint } from "../weights/checkpoint.ts";

/** See `openCheckpoint`. */
export interface LocalOptions {
  readonly variant?: string;
  readonly components?: readonly string[];
}

/**
 * Opens a folder, a file, or `org/name[@revision]` out of the Hugging Face cache.
 * @throws CheckpointError, HubError or UsageError saying what is missing
 */
export async function openLocal(model: string, options: LocalOptions): Promise<Checkpoint> {
  const [{ resolveModel }, { openCheckpoint }] = await Promise.all([
    import("../hub/resolve-model.node.ts"),
    import("../weights/checkpoint.node.ts"),
  ]);
  const path = await resolveModel(model, { variant: options.variant, offline: true }).catch((cause: unknown) => {
    if (!(cause instanceof HubError)) throw cause;
    throw new HubError(`${model} is not on this machine yet; the first edit with it downloads it`, {
      retryable: false,
      cause,
    });
  });
  return openCheckpoint(path, options);
}
