/** A checkpoint that has been opened: what its files say, with every tensor still where it was. */

import { CheckpointError } from "../errors.ts";
import type { JsonObject } from "./json.ts";
import type { TensorIndex } from "./tensor-ref.ts";

/** One model of a checkpoint. */
export interface Component {
  /** As in `model_index.json`: `unet`, `vae`, `text_encoder`, … */
  readonly name: string;
  /** The Python class it was saved from, e.g. `UNet2DConditionModel`. */
  readonly className: string;
  /** `config.json` as it stands. */
  readonly config: JsonObject;
  /** By current diffusers name, whatever the file calls them. */
  readonly tensors: TensorIndex;
  /** The variant that was taken, e.g. `fp16`; undefined for plain weights. */
  readonly variant: string | undefined;
}

export interface Checkpoint {
  readonly kind: "diffusers" | "single-file";
  /** As it was given: for messages. */
  readonly path: string;
  /** `model_index.json`; for a single file, what diffusers would have written. */
  readonly modelIndex: JsonObject;
  readonly components: ReadonlyMap<string, Component>;
  /** The tokenizer's files by name (`vocab.json`, `merges.txt`, …) as their source locates them: on a disk absolute paths. */
  readonly tokenizer: ReadonlyMap<string, string> | undefined;
  /** `scheduler_config.json`. */
  readonly scheduler: JsonObject | undefined;
  /** One sentence for each choice that was made silently otherwise. */
  readonly notes: readonly string[];
}

/** A component by name. @throws CheckpointError naming those that were opened. */
export function requireComponent(checkpoint: Checkpoint, name: string): Component {
  const component = checkpoint.components.get(name);
  if (component !== undefined) return component;
  const found = [...checkpoint.components.keys()].join(", ");
  throw new CheckpointError(`${checkpoint.path}: expected a component ${name}, found ${found === "" ? "none" : found}`);
}

/** The tokenizer's files. @throws CheckpointError saying how to give them. */
export function requireTokenizer(checkpoint: Checkpoint): ReadonlyMap<string, string> {
  if (checkpoint.tokenizer !== undefined) return checkpoint.tokenizer;
  const reason = checkpoint.kind === "single-file" ? "a single file holds none" : "the folder tokenizer/ is not there";
  throw new CheckpointError(
    `${checkpoint.path}: the tokenizer is missing (${reason}); expected a folder with vocab.json and merges.txt, such ` +
      `as tokenizer/ of timbrooks/instruct-pix2pix: give it with the option tokenizer`,
  );
}
