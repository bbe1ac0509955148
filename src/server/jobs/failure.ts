/** Why an edit failed, as a code for programs and a sentence for people that says what to do. */

import { CheckpointError, HubError, ShapeError, UsageError } from "../../errors.ts";
import { withoutPaths } from "../http/api-error.ts";
import type { Failure } from "../store/records.ts";

const OUT_OF_MEMORY = /not enough memory|out of memory|failed to allocate|bad_alloc|allocation failed/i;

/** The process that made the edit ended in the middle of it. */
export class EngineStopped extends Error {
  override name = "EngineStopped";
}

/** The edit took longer than one may. */
export class EditTimeout extends Error {
  override name = "EditTimeout";
}

/** HTTP status of a request whose edit failed so. */
export function statusOf({ code }: Failure): number {
  return code === "invalid_edit" ? 400 : 500;
}

/** What to file and tell of an error. Words that nobody outside can act on stay in the log. */
export function failureOf(error: unknown): Failure {
  const message = error instanceof Error ? withoutPaths(error.message) : String(error);
  if (OUT_OF_MEMORY.test(message)) {
    return {
      code: "out_of_memory",
      message:
        "there was not enough memory for this edit: use a smaller picture or resolution, or start the server with --memory low",
    };
  }
  if (error instanceof EngineStopped) return { code: "engine_stopped", message };
  if (error instanceof EditTimeout) return { code: "timed_out", message };
  if (error instanceof UsageError || error instanceof ShapeError) return { code: "invalid_edit", message };
  if (error instanceof CheckpointError || error instanceof HubError) return { code: "model_error", message };
  return { code: "internal", message: "the server failed at this edit; its log says how" };
}
