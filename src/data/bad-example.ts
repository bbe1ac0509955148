/** Examples that cannot be used, and why. */

import { UsageError } from "../errors.ts";

/** Kinds of damage, in the words of reports. */
export type BadReason =
  | "missing picture"
  | "broken picture"
  | "sizes differ"
  | "too small"
  | "no instruction"
  | "broken row";

/** An example that cannot be used; training leaves it out and counts it. */
export class BadExampleError extends UsageError {
  override name = "BadExampleError";
  readonly id: string;
  readonly reason: BadReason;

  /** @param detail what was found; the message says it of the example. */
  constructor(id: string, reason: BadReason, detail: string, options: { readonly cause?: unknown } = {}) {
    super(`${id}: ${detail}`, options);
    this.id = id;
    this.reason = reason;
  }
}
