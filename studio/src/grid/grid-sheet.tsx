/** A grid of edits: planned, filling, chosen from. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Grid } from "../api/records.ts";
import { Dialog } from "../parts/dialog.tsx";
import { useStudio } from "../state/studio-context.ts";
import { GridPlan } from "./grid-plan.tsx";
import { GridTable } from "./grid-table.tsx";

export function GridSheet() {
  const { panels, backend, library, toasts } = useStudio();
  const grid = useSignal<Grid | null>(null);
  const id = panels.grid.value;
  useEffect(() => {
    if (id === null) {
      grid.value = null;
      return;
    }
    if (grid.peek()?.id === id) return;
    backend
      .grid(id)
      .then((found) => {
        grid.value = found;
        library.add(...found.edits.filter((edit) => edit !== null));
      })
      .catch((error) => toasts.fail(error));
  }, [id]);
  return (
    <Dialog title="Grid" shape={id === null ? "card" : "sheet"} onClose={panels.close}>
      {id === null ? (
        <GridPlan
          onBegun={(begun) => {
            grid.value = begun;
            panels.grid.value = begun.id;
          }}
        />
      ) : (
        grid.value !== null && <GridTable grid={grid.value} />
      )}
    </Dialog>
  );
}
