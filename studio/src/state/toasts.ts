/** Short messages at the edge of the page, each with at most one thing to do about it. */

import { type Signal, signal } from "@preact/signals";
import { BackendError, failureOf } from "../api/backend.ts";

export interface Toast {
  readonly id: number;
  readonly tone: "plain" | "error";
  readonly message: string;
  readonly action?: { readonly label: string; readonly run: () => void };
}

/** Milliseconds a message stays; with something to do, longer. */
const STAY_MS = 6000;
const STAY_WITH_ACTION_MS = 14_000;

/** Older ones make room. */
const MOST = 3;

export interface Toasts {
  readonly shown: Signal<readonly Toast[]>;
  say(message: string, action?: Toast["action"]): void;
  /** Tells a failure. That a key is wanted is asked in a dialog of its own. */
  fail(error: unknown): void;
  dismiss(id: number): void;
}

export function createToasts(onUnauthorized: () => void): Toasts {
  const shown = signal<readonly Toast[]>([]);
  let last = 0;
  const dismiss = (id: number) => {
    shown.value = shown.value.filter((toast) => toast.id !== id);
  };
  const show = (toast: Omit<Toast, "id">) => {
    const id = ++last;
    shown.value = [...shown.value.filter(({ message }) => message !== toast.message), { ...toast, id }].slice(-MOST);
    setTimeout(() => dismiss(id), toast.action === undefined ? STAY_MS : STAY_WITH_ACTION_MS);
  };
  return {
    shown,
    dismiss,
    say: (message, action) => show({ tone: "plain", message, action }),
    fail(error) {
      if (error instanceof BackendError && error.code === "unauthorized") onUnauthorized();
      else show({ tone: "error", message: failureOf(error).message });
    },
  };
}
