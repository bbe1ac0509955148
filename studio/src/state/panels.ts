/** Which dialog is open. */

import { type Signal, signal } from "@preact/signals";

export type Panel =
  | "none"
  | "queue"
  | "grid"
  | "explore"
  | "restart"
  | "shortcuts"
  | "login"
  /** On small screens, what stands beside the picture elsewhere. */
  | "history"
  | "controls";

export interface Panels {
  readonly current: Signal<Panel>;
  /** The grid that is open; null for one that is being planned. */
  readonly grid: Signal<string | null>;
  open(panel: Panel): void;
  openGrid(id: string | null): void;
  close(): void;
}

export function createPanels(): Panels {
  const current = signal<Panel>("none");
  const grid = signal<string | null>(null);
  return {
    current,
    grid,
    openGrid: (id) => {
      grid.value = id;
      current.value = "grid";
    },
    open: (panel) => {
      current.value = panel;
    },
    close: () => {
      current.value = "none";
    },
  };
}
