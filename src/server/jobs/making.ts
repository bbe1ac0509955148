/** Making one edit from begin to end: its variants stored as they come, and what has become of it. */

import { ApiError } from "../http/api-error.ts";
import { type Edit, isFinished, type PictureRef } from "../store/records.ts";
import type { Announcer } from "./announcer.ts";
import { EditTimeout, failureOf } from "./failure.ts";
import type { JobsDependencies } from "./jobs.ts";
import type { LiveEdit } from "./live.ts";
import { type Variant, work } from "./worker.ts";

/** Why an edit was stopped. */
export const CANCELED = new Error("canceled");
export const CLOSING = new ApiError(503, "the server is shutting down", { code: "shutting_down", retryAfter: 5 });

/** An edit whose picture is there. */
export type Ready = Edit & { readonly image: PictureRef };

export interface MakingContext extends Pick<JobsDependencies, "library" | "models" | "limits" | "log"> {
  readonly announcer: Announcer;
}

/** What has become of an edit; `queued` when the server closed before it was done. Throws nothing. */
export async function makeEdit(
  edit: Ready,
  live: LiveEdit,
  context: MakingContext,
): Promise<Pick<Edit, "status" | "error">> {
  const { library, limits, log } = context;
  const late = setTimeout(() => {
    live.stop(new EditTimeout(`the edit took longer than ${limits.jobSeconds} s, the most one may take`));
  }, limits.jobSeconds * 1000);
  try {
    await makeVariants(edit, live.signal, context);
    return { status: "succeeded" };
  } catch (thrown) {
    const current = library.edits.get(edit.id);
    // Whatever came too late: what is done is done.
    if (current !== undefined && isFinished(current)) return current;
    const error = live.signal.aborted ? live.signal.reason : thrown;
    if (error === CLOSING) return { status: "queued" };
    if (error === CANCELED) return { status: "canceled" };
    log("error", "an edit failed", { edit: edit.id, error });
    return { status: "failed", error: failureOf(error) };
  } finally {
    clearTimeout(late);
  }
}

async function makeVariants(edit: Ready, signal: AbortSignal, context: MakingContext): Promise<void> {
  const { library, models, announcer } = context;
  const model = models.find(edit.model);
  if (model === undefined) {
    throw new ApiError(404, `the model ${edit.model} is no longer there`, { code: "model_not_found" });
  }
  for await (const done of work(edit, { library, model, signal, now: () => performance.now() })) {
    signal.throwIfAborted();
    if (done.type === "made") await keep(edit, done.variant, context);
    else announcer.tell(edit, done);
  }
}

/** Stores a variant; with the last of them the edit is done. */
async function keep(begun: Edit, variant: Variant, { library, announcer }: MakingContext): Promise<void> {
  const { png, notes, width, height, seed, sampler, scores } = variant;
  // A person may have named it meanwhile.
  const latest = () => library.edits.get(begun.id) ?? begun;
  await library.addPicture(png, { width, height }, (picture) => {
    const edit = latest();
    const outputs = [...edit.outputs, { ...picture, seed, sampler, scores }];
    const isDone = outputs.length === edit.count;
    const outcome = isDone ? ({ status: "succeeded", finishedAt: Date.now() } as const) : {};
    return { ...edit, ...outcome, outputs, notes: [...new Set([...edit.notes, ...notes])] };
  });
  const { outputs } = latest();
  const index = outputs.length - 1;
  announcer.tell(begun, { type: "output", data: { ...outputs[index], index } }, `output ${index}`);
}
