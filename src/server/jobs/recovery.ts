/** Taking up the work of a server that ended, perhaps in the middle of it. */

import type { Library } from "../store/library.ts";
import { type Edit, isFinished } from "../store/records.ts";

/**
 * The edits to queue again. What nobody waits for any more is canceled, and what was begun too often fails: it may be
 * what ended the server.
 *
 * @param attempts times an edit may be begun
 */
export async function recover(library: Library, attempts: number): Promise<Edit[]> {
  const unfinished = [...library.edits.values()].filter((edit) => !isFinished(edit)).sort((a, b) => a.rank - b.rank);
  const queued: Edit[] = [];
  for (const edit of unfinished) {
    const settled = settle(edit, library, attempts);
    if (settled !== edit) await library.put("edits", settled);
    if (!isFinished(settled)) queued.push(settled);
  }
  return queued;
}

function settle(edit: Edit, library: Library, attempts: number): Edit {
  const finishedAt = Date.now();
  if (edit.source !== "jobs") return { ...edit, status: "canceled", finishedAt };
  if (edit.attempts >= attempts) {
    const message = `the server ended ${edit.attempts} times while it made this edit`;
    return { ...edit, status: "failed", finishedAt, error: { code: "engine_stopped", message } };
  }
  const parent = edit.parent === undefined ? undefined : library.edits.get(edit.parent);
  if (edit.image !== undefined || (parent !== undefined && !isFinished(parent))) {
    return edit.status === "queued" ? edit : { ...edit, status: "queued" };
  }
  return afterParent(edit, parent);
}

/** An edit that waited for its parent's result, now that the parent is finished. */
export function afterParent(edit: Edit, parent: Edit | undefined): Edit {
  const [result] = parent?.outputs ?? [];
  if (parent?.status === "succeeded" && result !== undefined) {
    return { ...edit, status: "queued", image: { id: result.id, width: result.width, height: result.height } };
  }
  const fate = parent?.status === "failed" ? "failed" : "was canceled";
  const error = { code: "parent_failed", message: `the edit it follows, ${edit.parent}, ${fate}` };
  return { ...edit, status: "failed", finishedAt: Date.now(), error };
}
