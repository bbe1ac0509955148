/** Ctrl-C: the first asks the command to stop, the second stops it at once. */

import { EXIT } from "./exit-code.ts";
import type { Sink } from "./terminal.ts";

/** The part of Node's process that interruption needs. */
export interface Interruptible {
  on(event: "SIGINT", listener: () => void): unknown;
  exit(code: number): void;
  readonly stderr: Sink;
}

/** A signal that fires at the first Ctrl-C. */
export function interruptSignal(process: Interruptible): AbortSignal {
  const controller = new AbortController();
  process.on("SIGINT", () => {
    if (controller.signal.aborted) {
      process.exit(EXIT.interrupted);
      return;
    }
    process.stderr.write("\nstopping after the current step; Ctrl-C again stops at once\n");
    controller.abort();
  });
  return controller.signal;
}
