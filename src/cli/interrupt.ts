/** Interruption: Ctrl-C, once or twice, and readers that go away. */

/** The part of Node's process that interruption needs. */
export interface Interruptible {
  readonly pid: number;
  readonly stdout: Stream;
  readonly stderr: Stream & { write(text: string): unknown };
  on(event: "SIGINT", listener: () => void): unknown;
  off(event: "SIGINT", listener: () => void): unknown;
  kill(pid: number, signal: "SIGINT"): unknown;
}

interface Stream {
  on(event: "error", listener: (error: NodeJS.ErrnoException) => void): unknown;
}

/**
 * A signal that fires at the first Ctrl-C, or when whoever reads our output has left, as `head` does. At the second
 * Ctrl-C the process dies of it, which shells report as 130; an orderly exit would wait for the engine's thread.
 */
export function interruptSignal(process: Interruptible): AbortSignal {
  const controller = new AbortController();
  const onInterrupt = () => {
    if (controller.signal.aborted) {
      process.off("SIGINT", onInterrupt);
      process.kill(process.pid, "SIGINT");
      return;
    }
    process.stderr.write("\nstopping after the current step; Ctrl-C again stops at once\n");
    controller.abort();
  };
  process.on("SIGINT", onInterrupt);
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error) => {
      if (error.code !== "EPIPE") throw error;
      controller.abort();
    });
  }
  return controller.signal;
}
