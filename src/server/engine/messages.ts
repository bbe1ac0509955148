/** What the server and an engine's process say to each other. Plain data, copied by structured clone. */

import type { LoraFact } from "../../options/edit-record.ts";
import type { LoadOptions } from "../../pipelines/instruct-pix2pix.node.ts";
import type { LoadingData } from "../jobs/events.ts";
import type { EditorInfo, EditTask, EditUpdate } from "./editor.ts";

/** How an engine is started. */
export interface EngineConfiguration {
  /** Folder, file or name of the model. */
  readonly model: string;
  /** What the metadata of its pictures says: the software, and the LoRA files among the options. */
  readonly software: string;
  readonly loras: readonly LoraFact[];
  /** The folder of the CLIP that scores results; none scores nothing. */
  readonly clip?: string;
  readonly options: Pick<LoadOptions, "device" | "variant" | "memory" | "weights" | "loras" | "tokenizer" | "threads">;
}

export type ToEngine =
  | { readonly type: "load"; readonly configuration: EngineConfiguration }
  | { readonly type: "edit"; readonly task: EditTask }
  | { readonly type: "stop" };

export type FromEngine =
  | { readonly type: "loading"; readonly data: LoadingData }
  | { readonly type: "loaded"; readonly info: EditorInfo }
  | { readonly type: "update"; readonly update: EditUpdate }
  | { readonly type: "end" }
  | { readonly type: "error"; readonly error: PlainError };

/** An error as it crosses: the class by its name. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
}
