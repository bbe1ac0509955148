/** What a checkpoint gives a pipeline, before there is an engine. */

import { clipTextConfig } from "../models/clip-config.ts";
import { unetConfig } from "../models/unet-config.ts";
import { vaeConfig } from "../models/vae-config.ts";
import { weightStore } from "../nn/weight-store.ts";
import type { Checkpoint } from "../weights/checkpoint.ts";
import { requireTask, type SampledTask } from "../weights/describe.ts";
import type { TensorIndex } from "../weights/tensor-ref.ts";
import type { EditParts } from "./edit.ts";
import { editDefaults } from "./edit-defaults.ts";

/** What loading is busy with. */
export interface LoadEvent {
  readonly phase: "download" | "open" | "prepare";
  readonly file?: string;
  /** Bytes of the whole download, or values prepared. */
  readonly received?: number;
  readonly total?: number;
}

/** The components that a picture is made with. */
export const EDIT_COMPONENTS: readonly string[] = ["unet", "vae", "text_encoder"];

/** Below this many bytes of weights programs are kept from edit to edit: then compiling takes longer than running. */
const SMALL_MODEL = 256 * 2 ** 20;

export interface EditModel extends Pick<EditParts, "networks" | "scheduler" | "interpolation" | "defaults"> {
  /** Whether its programs are worth keeping. */
  readonly small: boolean;
}

/** The networks of an editing checkpoint, configurations checked. @throws CheckpointError when it does something else. */
export function editModel(checkpoint: Checkpoint): EditModel {
  return modelFor(["edit"], checkpoint);
}

/** The same of a checkpoint for one of `tasks`. @throws CheckpointError when it is for another. */
export function modelFor(tasks: readonly SampledTask[], checkpoint: Checkpoint): EditModel {
  const { unet, vae, textEncoder, scheduler } = requireTask(checkpoint, tasks);
  const where = (name: string) => `${checkpoint.path}: ${name}`;
  const store = (tensors: TensorIndex, name: string) => weightStore(tensors, where(name));
  return {
    networks: {
      unet: { config: unetConfig(unet.config, where("unet/config.json")), store: store(unet.tensors, "unet") },
      vae: { config: vaeConfig(vae.config, where("vae/config.json")), store: store(vae.tensors, "vae") },
      textEncoder: {
        config: clipTextConfig(textEncoder.config, where("text_encoder/config.json")),
        store: store(textEncoder.tensors, "text_encoder"),
      },
    },
    scheduler,
    defaults: editDefaults(checkpoint),
    interpolation: checkpoint.kind === "single-file" ? "log-sigma" : "sigma",
    small: bytesOf(checkpoint) < SMALL_MODEL,
  };
}

function bytesOf({ components }: Checkpoint): number {
  let bytes = 0;
  for (const { tensors } of components.values()) for (const { length } of tensors.values()) bytes += length;
  return bytes;
}
