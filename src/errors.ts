/**
 * The four kinds of failure a caller can act on. Anything else that is thrown is our own bug and its message starts
 * with `internal:`. A message says what was expected, what came, where, and what to do.
 */

/** An argument, option or input file the caller can correct. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** A checkpoint that is missing, damaged, of another architecture, or of other shapes than its configuration says. */
export class CheckpointError extends Error {
  override name = "CheckpointError";
}

/** A hub request that failed; `retryable` says whether the same request may succeed later. */
export class HubError extends Error {
  override name = "HubError";
  readonly retryable: boolean;
  readonly status: number | undefined;

  constructor(message: string, options: { retryable: boolean; status?: number; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.retryable = options.retryable;
    this.status = options.status;
  }
}

/** Tensor shapes or dtypes that do not fit an operation. */
export class ShapeError extends Error {
  override name = "ShapeError";
}

/** Fails with an `internal:` error when an invariant of ours does not hold. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`internal: ${message}`);
}
