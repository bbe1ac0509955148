/** Exit codes of `ip2p`, and which of them an error means. */

import { CheckpointError, HubError, UsageError } from "../errors.ts";

export const EXIT = { ok: 0, failure: 1, usage: 2, partial: 3, model: 4, memory: 5, interrupted: 130 } as const;

/** The codes as one sentence for help texts. */
export const EXIT_CODES_HELP =
  "Exit codes: 0 done · 1 failed while running · 2 wrong usage · 3 some of a batch failed · 4 model missing or damaged · 5 out of memory · 130 interrupted";

const OUT_OF_MEMORY = /out of memory|bad_alloc|failed to allocate|allocation failed|\bOOM\b/i;

/** The exit code an error stands for. Interruption is the caller's to tell: it shows in a signal, not in an error. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof CheckpointError || error instanceof HubError) return EXIT.model;
  return error instanceof Error && OUT_OF_MEMORY.test(error.message) ? EXIT.memory : EXIT.failure;
}

/** What a person is told about an error. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
