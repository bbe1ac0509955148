/** Carrying out one edit: loading its model, making its variants one by one. */

import { paceOf } from "../../pipelines/edit-progress.ts";
import type { EditTask } from "../engine/editor.ts";
import type { Model } from "../engine/models.ts";
import type { Library } from "../store/library.ts";
import type { Edit, Output, PictureRef } from "../store/records.ts";
import type { EditEvent, Progress } from "./events.ts";

/** What is told of the work: events to pass on, and each variant. */
export type Work =
  | Extract<EditEvent, { type: "loading" | "progress" | "preview" }>
  | { readonly type: "made"; readonly variant: Variant };

export interface Variant extends Omit<Output, "id"> {
  readonly png: Uint8Array;
  readonly notes: readonly string[];
}

export interface WorkContext {
  readonly library: Library;
  readonly model: Model;
  readonly signal: AbortSignal;
  /** Milliseconds on a clock that only runs forward. */
  now(): number;
}

/** Makes the variants an edit still lacks. Rejects with the signal's reason, within a step, when that fires. */
export async function* work(
  edit: Edit & { readonly image: PictureRef },
  context: WorkContext,
): AsyncGenerator<Work, void> {
  const { library, model, signal, now } = context;
  for await (const loading of model.load()) {
    signal.throwIfAborted();
    yield { type: "loading", data: loading };
  }
  const pace = paceOf(edit.count, now);
  for (let index = edit.outputs.length; index < edit.count; index++) {
    for await (const update of model.editor.edit(taskOf(edit, index, library), signal)) {
      signal.throwIfAborted();
      if (update.type === "step") yield { type: "progress", data: progressOf(update, index, pace) };
      else if (update.type === "preview") yield { type: "preview", data: { step: update.step, jpeg: update.jpeg } };
      else {
        const { type: _, ...made } = update;
        yield { type: "made", variant: { ...made, seed: edit.settings.seed + index } };
      }
    }
    signal.throwIfAborted();
  }
}

function taskOf(edit: Edit & { readonly image: PictureRef }, index: number, library: Library): EditTask {
  const file = ({ id }: PictureRef) => ({ id, path: library.picturePath(id) });
  return {
    image: file(edit.image),
    mask: edit.mask && file(edit.mask),
    prompt: edit.prompt,
    settings: { ...edit.settings, seed: edit.settings.seed + index },
    previews: edit.previews,
    model: edit.model,
    edit: edit.id,
    parent: edit.parent,
  };
}

function progressOf(
  { step, steps }: { readonly step: number; readonly steps: number },
  output: number,
  pace: ReturnType<typeof paceOf>,
): Progress {
  const { perStep, left } = pace(step, steps, output);
  return { step, steps, output, s_per_it: rounded(perStep), eta_s: rounded(left) };
}

function rounded(seconds: number | null): number | null {
  return seconds === null ? null : Math.round(seconds * 1000) / 1000;
}
