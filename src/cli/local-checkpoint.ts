/** Opening a checkpoint that is on this machine already; looking at one is no reason to download it. */

import type { Checkpoint } from "../weights/checkpoint.ts";

/**
 * Opens a folder, a file, or `org/name[@revision]` out of the Hugging Face cache.
 * @throws CheckpointError, HubError or UsageError saying what is missing
 */
export async function openLocal(model: string, options: { variant?: string }): Promise<Checkpoint> {
  const [{ resolveModel }, { openCheckpoint }] = await Promise.all([
    import("../hub/resolve-model.node.ts"),
    import("../weights/checkpoint.node.ts"),
  ]);
  return openCheckpoint(await resolveModel(model, { ...options, offline: true }), options);
}
