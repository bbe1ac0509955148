/** The backend's queue, of all sessions. */

import { type ReadonlySignal, signal } from "@preact/signals";
import type { Backend, Happening } from "../api/backend.ts";
import type { Progress, Queue } from "../api/records.ts";

export interface QueueState {
  readonly queue: ReadonlySignal<Queue>;
  /** Of the edit that is being made. */
  readonly progress: ReadonlySignal<Progress | null>;
  refresh(): Promise<void>;
  hear(happening: Happening): void;
}

/** Milliseconds within which changes are read together. */
const SETTLE_MS = 150;

export function createQueue(backend: Backend): QueueState {
  const queue = signal<Queue>({ running: null, waiting: [], capacity: 0 });
  const progress = signal<Progress | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const refresh = async () => {
    clearTimeout(timer);
    timer = undefined;
    queue.value = await backend.queue();
    progress.value = queue.value.running?.progress ?? null;
  };
  return {
    ...{ queue, progress, refresh },
    hear(happening) {
      if (happening.type === "progress") progress.value = happening.progress;
      else if (happening.type !== "output" && happening.type !== "loading" && happening.type !== "lost")
        timer ??= setTimeout(() => void refresh().catch(() => {}), SETTLE_MS);
    },
  };
}
