/** What the store remembers. These are the values in the journal: a change of meaning raises `STORE_VERSION`. */

import type { SamplerName } from "../../diffusion/samplers.ts";
import type { EditScores } from "../../eval/edit-scores.ts";
import type { EditSettings } from "../../options/edit.ts";

export const STORE_VERSION = 1;

/** Milliseconds since 1970. */
export type Time = number;

export type EditStatus = "queued" | "running" | "succeeded" | "failed" | "canceled";

/** Who asked. What a compatible endpoint asked for has a client waiting, and ends with its connection. */
export type EditSource = "jobs" | "openai" | "huggingface" | "a1111";

/** A picture by its id, and its size. */
export interface PictureRef {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}

export interface Output extends PictureRef {
  readonly seed: number;
  readonly sampler: SamplerName;
  /** What CLIP says of it, where one was loaded. */
  readonly scores?: EditScores;
}

/** Why an edit failed, in words for a person and a code for a program. */
export interface Failure {
  readonly code: string;
  readonly message: string;
}

/** A node of the edit tree: an instruction applied to a picture. Its variants differ in the seed alone. */
export interface Edit {
  readonly id: string;
  readonly source: EditSource;
  readonly status: EditStatus;
  readonly createdAt: Time;
  readonly startedAt?: Time;
  readonly finishedAt?: Time;
  /** Place among the waiting: lower is sooner. */
  readonly rank: number;
  /** Times it was begun. */
  readonly attempts: number;
  readonly session?: string;
  /** The edit whose result this one starts from. */
  readonly parent?: string;
  readonly grid?: string;
  readonly model: string;
  readonly prompt: string;
  readonly settings: EditSettings & { readonly seed: number };
  readonly count: number;
  /** Steps after which a preview is made; `auto` makes as many as cost little. */
  readonly previews: "auto" | "none" | readonly number[];
  /** Absent as long as the parent, whose result it is, is not finished. */
  readonly image?: PictureRef;
  /** White = edit, black = keep; of the image's size. */
  readonly mask?: PictureRef;
  readonly outputs: readonly Output[];
  readonly notes: readonly string[];
  readonly error?: Failure;
  readonly name?: string;
  readonly starred: boolean;
  /** Deleted, but not beyond recall as long as there is room. */
  readonly deleted: boolean;
  /** What the client called this request, and a hash of it: a repetition is answered, not done again. */
  readonly idempotency?: { readonly key: string; readonly fingerprint: string };
}

/** A row or column of a grid: one option, and the values it takes. */
export interface Axis {
  readonly param: string;
  readonly values: readonly (string | number)[];
}

/** Edits that differ in one or two options. */
export interface Grid {
  readonly id: string;
  readonly createdAt: Time;
  readonly session?: string;
  readonly axes: readonly Axis[];
  /** Row by row: the last axis runs fastest. */
  readonly edits: readonly string[];
}

/** A person's work: a tree of edits. */
export interface Session {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Time;
  readonly deleted: boolean;
}

/** What is known of a stored picture without opening it. */
export interface Picture extends PictureRef {
  readonly bytes: number;
  readonly usedAt: Time;
}

/** The tables of the store. */
export interface Tables {
  edits: Edit;
  grids: Grid;
  sessions: Session;
  pictures: Picture;
}

/** Whether nothing more will happen to it. */
export function isFinished({ status }: Pick<Edit, "status">): boolean {
  return status === "succeeded" || status === "failed" || status === "canceled";
}
