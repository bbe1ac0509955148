/** What a grid is to vary. */

import { useState } from "preact/hooks";
import type { Axis, Grid } from "../api/records.ts";
import { Photo } from "../parts/photo.tsx";
import type { Subject } from "../state/editing.ts";
import { useStudio } from "../state/studio-context.ts";
import { AXIS_PARAMS, AXIS_TITLES, type AxisDraft, type AxisParam, parseAxis, suggested } from "./axes.ts";

export function GridPlan({ onBegun }: { readonly onBegun: (grid: Grid) => void }) {
  const { workspace, editing, backend, library, capabilities, toasts, models } = useStudio();
  const draft = workspace.draft.value;
  const { edit, before } = workspace.view.value;
  const initial = (param: AxisParam): AxisDraft => ({ param, text: suggested(param, draft, models.value) });
  const [rows, setRows] = useState(initial("imageGuidance"));
  const [columns, setColumns] = useState(initial("textGuidance"));
  const [isSending, setSending] = useState(false);
  const axes = [parseAxis(rows), parseAxis(columns)];
  const cells = axes.reduce((total, axis) => total * (axis?.values.length ?? 0), 1);
  const most = capabilities.value?.maxGridCells ?? 64;
  const problem = problemOf(axes, { rows, columns, cells, most });
  const instruction = draft.instruction.trim() === "" ? (edit?.prompt ?? "") : draft.instruction.trim();
  const picture = draft.instruction.trim() === "" ? before : draft.source?.picture;

  const begin = async (axes: readonly Axis[]) => {
    setSending(true);
    try {
      const subject: Subject | undefined = await editing.subject();
      if (subject === undefined) return;
      const base = await editing.requestOf(subject);
      const varied = new Set(axes.map(({ param }) => param));
      const shared = Object.fromEntries(Object.entries(base).filter(([key]) => !varied.has(key)));
      const grid = await backend.submitGrid({ ...shared, axes });
      library.add(...grid.edits.filter((each) => each !== null));
      onBegun(grid);
    } catch (error) {
      toasts.fail(error);
    } finally {
      setSending(false);
    }
  };

  return (
    <form
      class="grid-plan"
      onSubmit={(event) => {
        event.preventDefault();
        const [first, second] = axes;
        if (first !== undefined && second !== undefined) void begin([first, second]);
      }}
    >
      <div class="grid-subject">
        {picture !== undefined && <Photo picture={picture} size="small" alt="The picture to be edited" />}
        <p>{instruction}</p>
      </div>
      <div class="grid-axes">
        <AxisFields label="Rows" axis={rows} onChange={setRows} initial={initial} />
        <AxisFields label="Columns" axis={columns} onChange={setColumns} initial={initial} />
      </div>
      <div class="button-row">
        <button type="submit" class="button button-primary" disabled={problem !== undefined || isSending}>
          Make {cells} edits
        </button>
        <p class="hint" role="status">
          {problem ?? "The middle is made first. Choose a cell to take its values over."}
        </p>
      </div>
    </form>
  );
}

function problemOf(
  [first, second]: readonly (Axis | undefined)[],
  { rows, columns, cells, most }: { rows: AxisDraft; columns: AxisDraft; cells: number; most: number },
): string | undefined {
  if (rows.param === columns.param) return "Rows and columns vary the same: choose another for one of them.";
  if (first === undefined) return "The rows need values.";
  if (second === undefined) return "The columns need values.";
  return cells > most ? `${cells} cells are more than the ${most} that are made at once.` : undefined;
}

interface AxisProps {
  readonly label: string;
  readonly axis: AxisDraft;
  readonly onChange: (axis: AxisDraft) => void;
  readonly initial: (param: AxisParam) => AxisDraft;
}

function AxisFields({ label, axis, onChange, initial }: AxisProps) {
  return (
    <fieldset class="axis">
      <legend>{label}</legend>
      <select
        aria-label={`What the ${label.toLowerCase()} vary`}
        value={axis.param}
        onChange={({ currentTarget }) => onChange(initial(currentTarget.value as AxisParam))}
      >
        {AXIS_PARAMS.map((param) => (
          <option key={param} value={param}>
            {AXIS_TITLES[param]}
          </option>
        ))}
      </select>
      {axis.param === "prompt" ? (
        <textarea
          class="text-field"
          rows={3}
          aria-label={`${label}: an instruction on each line`}
          placeholder="An instruction on each line"
          value={axis.text}
          onInput={(event) => onChange({ ...axis, text: event.currentTarget.value })}
        />
      ) : (
        <input
          class="text-field"
          aria-label={`${label}: values between commas`}
          value={axis.text}
          onInput={(event) => onChange({ ...axis, text: event.currentTarget.value })}
        />
      )}
    </fieldset>
  );
}
