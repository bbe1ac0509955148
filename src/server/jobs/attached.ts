/** Edits with a client on the line: it waits for the result, and when it leaves nobody wants that any more. */

import { ApiError } from "../http/api-error.ts";
import type { Edit } from "../store/records.ts";
import { statusOf } from "./failure.ts";
import type { EditRequest, Jobs } from "./jobs.ts";

/** Asks for an edit that is stopped when the signal fires. @throws ApiError 429 when the queue is full */
export async function attach(
  jobs: Jobs,
  request: EditRequest,
  signal: AbortSignal,
): Promise<{ readonly accepted: Edit; readonly finished: Promise<Edit> }> {
  const [accepted] = await jobs.submit([request]);
  const leave = () => void jobs.cancel(accepted.id);
  const finished = jobs.finished(accepted).finally(() => signal.removeEventListener("abort", leave));
  signal.addEventListener("abort", leave, { once: true });
  if (signal.aborted) leave();
  return { accepted, finished };
}

/** Asks for an edit and waits for it. @throws ApiError when the queue is full, or the edit failed or was stopped */
export async function editNow(jobs: Jobs, request: EditRequest, signal: AbortSignal): Promise<Edit> {
  const { finished } = await attach(jobs, request, signal);
  return expectSuccess(await finished);
}

/** @throws ApiError saying what became of it */
export function expectSuccess(edit: Edit): Edit {
  if (edit.status === "succeeded") return edit;
  const { code, message } = edit.error ?? { code: "canceled", message: "the edit was stopped" };
  throw new ApiError(edit.error === undefined ? 409 : statusOf(edit.error), message, { code });
}
