/** Undo and redo over everything a person does in a session. */

import { computed, type ReadonlySignal, signal } from "@preact/signals";

export interface Step {
  /** Steps of one kind that follow each other soon are one. */
  readonly kind: string;
  undo(): void;
  redo(): void;
}

export interface Undo {
  readonly canUndo: ReadonlySignal<boolean>;
  readonly canRedo: ReadonlySignal<boolean>;
  /** Remembers a step that was just made. */
  record(step: Step): void;
  undo(): void;
  redo(): void;
}

const MOST_STEPS = 200;
const SOON_MS = 900;

export function createUndo(now: () => number = () => performance.now()): Undo {
  const done = signal<readonly Step[]>([]);
  const undone = signal<readonly Step[]>([]);
  let latest = Number.NEGATIVE_INFINITY;
  return {
    canUndo: computed(() => done.value.length > 0),
    canRedo: computed(() => undone.value.length > 0),
    record(step) {
      const before = done.peek().at(-1);
      const isSame = before?.kind === step.kind && now() - latest < SOON_MS && undone.peek().length === 0;
      const merged = isSame && before !== undefined ? { ...step, undo: before.undo } : step;
      done.value = [...(isSame ? done.peek().slice(0, -1) : done.peek()), merged].slice(-MOST_STEPS);
      undone.value = [];
      latest = now();
    },
    undo() {
      const step = done.peek().at(-1);
      if (step === undefined) return;
      done.value = done.peek().slice(0, -1);
      undone.value = [...undone.peek(), step];
      latest = Number.NEGATIVE_INFINITY;
      step.undo();
    },
    redo() {
      const step = undone.peek().at(-1);
      if (step === undefined) return;
      undone.value = undone.peek().slice(0, -1);
      done.value = [...done.peek(), step];
      latest = Number.NEGATIVE_INFINITY;
      step.redo();
    },
  };
}
