/** What makes the edits, as the queue sees it: the real one is a process of its own, tests bring theirs. */

import type { SamplerName } from "../../diffusion/samplers.ts";
import type { EditScores } from "../../eval/edit-scores.ts";
import type { DownloadPlan } from "../../hub/resolve-model.node.ts";
import type { LoadingData } from "../jobs/events.ts";
import type { Edit } from "../store/records.ts";
import type { ModelFiles, Verified } from "./model-files.ts";

/** One picture to make. Plain data: it travels to another process. */
export interface EditTask {
  /** Files of the picture and the mask. */
  readonly image: { readonly path: string; readonly id: string };
  readonly mask?: { readonly path: string; readonly id: string };
  readonly prompt: string;
  readonly settings: Edit["settings"];
  readonly previews: Edit["previews"];
  /** How the model is called in the picture's metadata. */
  readonly model: string;
  /** The edit, and the one it follows, for the picture's metadata. */
  readonly edit: string;
  readonly parent?: string;
}

/** What is told while a task is worked at; an output is the last. */
export type EditUpdate =
  | { readonly type: "step"; readonly step: number; readonly steps: number }
  | { readonly type: "preview"; readonly step: number; readonly jpeg: Uint8Array }
  | {
      readonly type: "output";
      readonly png: Uint8Array;
      readonly width: number;
      readonly height: number;
      readonly sampler: SamplerName;
      /** Where a CLIP was loaded. */
      readonly scores?: EditScores;
      readonly notes: readonly string[];
    };

export interface EditorInfo {
  /** The device that computes. */
  readonly device: string;
  readonly notes: readonly string[];
}

/** One model. Loads when it is first needed. One task at a time. */
export interface Editor {
  /** Loads the model, telling how far it is; does nothing once it is loaded. @throws what loading throws */
  load(): AsyncGenerator<LoadingData, EditorInfo>;
  /** Works at a task; stops within a step when the signal fires, rejecting with its reason. */
  edit(task: EditTask, signal: AbortSignal): AsyncGenerator<EditUpdate, void>;
  /** What it takes on the disk, where that is known. @throws HubError when it is not on this machine */
  files?(): Promise<ModelFiles>;
  /** What loading it would download, asked of its hub; undefined when it is here. @throws HubError */
  download?(): Promise<DownloadPlan | undefined>;
  /** Reads all of its weights. @throws CheckpointError when they are damaged */
  verify?(signal: AbortSignal): Promise<Verified>;
  dispose(): Promise<void>;
}
