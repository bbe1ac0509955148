/** Why an edit in the tab failed, as a code for programs and a sentence for people that says what to do. */

import { CheckpointError, HubError, ShapeError, UsageError } from "../../../src/errors.ts";
import { BackendError, failureOf } from "../api/backend.ts";
import type { Failure } from "../api/records.ts";

/** The last is how WebAssembly's engine says that a tensor would be larger than its whole memory. */
const OUT_OF_MEMORY = /not enough memory|out of memory|failed to allocate|bad_alloc|allocation failed|SafeInt/i;

/** What to keep and show of an error. */
export function tabFailure(error: unknown): Failure {
  const { message, code } = failureOf(error);
  if (OUT_OF_MEMORY.test(message)) {
    const advice =
      "There was not enough memory for this edit. Use a smaller picture or resolution, or close other tabs.";
    return { code: "out_of_memory", message: advice };
  }
  if (error instanceof UsageError || error instanceof ShapeError) return { code: "invalid_edit", message };
  if (error instanceof CheckpointError || error instanceof HubError) return { code: "model_error", message };
  return { code, message };
}

/** An error of the library as one of the backend. */
export function asBackendError(error: unknown): BackendError {
  if (error instanceof BackendError) return error;
  const { message, code } = tabFailure(error);
  return new BackendError(message, { code, cause: error });
}

/** The same for a promise. */
export function told<T>(promise: Promise<T>): Promise<T> {
  return promise.catch((error) => {
    throw asBackendError(error);
  });
}
