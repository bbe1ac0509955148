/** A grid as it fills. A click takes a cell's values over; the arrow keys walk. */

import { useRef } from "preact/hooks";
import type { Edit, Grid } from "../api/records.ts";
import { isFinished } from "../api/records.ts";
import { saveFile } from "../export/save-file.ts";
import { slug } from "../parts/format.ts";
import { Icon } from "../parts/icon.tsx";
import { useStudio } from "../state/studio-context.ts";
import { valueTitle } from "./axes.ts";
import { EditCell } from "./edit-cell.tsx";
import { gridPicture, gridRecord } from "./grid-picture.ts";
import { EXPLAINED } from "./score-badge.tsx";

export function GridTable({ grid }: { readonly grid: Grid }) {
  const { library, backend, panels, toasts } = useStudio();
  const table = useRef<HTMLTableElement>(null);
  const [rows, columns] = grid.axes;
  if (rows === undefined) return null;
  const across = columns?.values ?? [""];
  const edits = grid.edits.map((edit) => edit && (library.edits.value.get(edit.id) ?? edit));
  const done = edits.filter((edit) => edit?.status === "succeeded").length;
  const isOpen = edits.some((edit) => edit !== null && !isFinished(edit));
  const [any] = edits.filter((edit): edit is Edit => edit !== null);
  const name = slug(any?.prompt ?? "grid");

  const walk = (event: KeyboardEvent) => {
    const steps: Record<string, number> = {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -across.length,
      ArrowDown: across.length,
    };
    const step = steps[event.key];
    const cells = [...(table.current?.querySelectorAll<HTMLElement>(".cell") ?? [])];
    const from = cells.findIndex((each) => each.matches(":focus"));
    if (step === undefined || from < 0) return;
    event.preventDefault();
    event.stopPropagation();
    cells[from + step]?.focus();
  };
  const savePicture = async () => {
    try {
      saveFile(await gridPicture(backend, { ...grid, edits }), `${name}-grid.png`);
    } catch (error) {
      toasts.fail(error);
    }
  };

  return (
    <div class="grid-result">
      <div class="grid-bar">
        <p role="status">
          {any?.prompt && <strong>{any.prompt}</strong>} {done} of {edits.length} done
        </p>
        {isOpen && (
          <button
            type="button"
            class="button"
            onClick={() => backend.cancelGrid(grid.id).catch((error) => toasts.fail(error))}
          >
            <Icon name="stop" filled /> Stop
          </button>
        )}
        <button type="button" class="button" disabled={done === 0} onClick={savePicture}>
          <Icon name="download" /> Picture
        </button>
        <button
          type="button"
          class="button"
          onClick={() => saveFile(gridRecord({ ...grid, edits }), `${name}-grid.json`)}
        >
          <Icon name="download" /> JSON
        </button>
        <button
          type="button"
          class="button"
          onClick={() => {
            panels.grid.value = null;
          }}
        >
          New grid
        </button>
      </div>
      <div class="grid-scroll">
        <table
          ref={table}
          class="grid-table"
          style={{
            "--rows": String(rows.values.length),
            "--columns": String(across.length),
            "--aspect": String(aspectOf(edits)),
          }}
          // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table whose cells are walked with the arrows
          role="grid"
          aria-label="Edits"
          onKeyDown={walk}
        >
          <thead>
            <tr>
              <td />
              {across.map((column) => (
                <th key={column} scope="col">
                  {columns && valueTitle(columns.param, column)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.values.map((row, i) => (
              <tr key={row}>
                <th scope="row">{valueTitle(rows.param, row)}</th>
                {across.map((column, j) => (
                  <td key={column}>
                    <EditCell
                      edit={edits[i * across.length + j] ?? null}
                      isFirst={i === 0 && j === 0}
                      label={[valueTitle(rows.param, row), columns && valueTitle(columns.param, column)]
                        .filter((part) => part !== undefined)
                        .join(", ")}
                    />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="hint">
        Choose a cell to take its values over.
        <span class="mouse-only"> Point at one to compare it; Shift and a click give it a star.</span>
        {edits.some((edit) => edit?.outputs[0]?.scores) && ` ${EXPLAINED}`}
      </p>
    </div>
  );
}

/** Width by height of the cells. */
function aspectOf(edits: readonly (Edit | null)[]): number {
  const picture = edits.find((edit) => edit?.image !== undefined && edit?.image !== null)?.image;
  return picture === undefined || picture === null ? 1 : picture.width / picture.height;
}
