/** Why there is no result, and what can be done about it; and what a person should know of one that is there. */

import type { Edit } from "../api/records.ts";
import { Icon } from "../parts/icon.tsx";
import type { Tuning } from "../state/draft.ts";
import { useStudio } from "../state/studio-context.ts";

const SMALLEST = 256;

export function StageMessage({ edit }: { readonly edit: Edit }) {
  const { editing, workspace } = useStudio();
  if (edit.status === "succeeded" && edit.notes.length > 0) {
    return (
      <ul class="stage-notes" aria-label="Notes">
        {edit.notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    );
  }
  if (edit.status !== "failed" && edit.status !== "canceled") return null;
  if (edit.status === "canceled") {
    return (
      <div class="stage-message" role="status">
        <p>Stopped.</p>
        <button type="button" class="button" onClick={() => editing.again(edit)}>
          <Icon name="retry" /> Run again
        </button>
      </div>
    );
  }
  const code = edit.error?.code ?? "internal";
  const smaller = smallerThan(edit.settings.resolution);
  const tune = (changes: Partial<Tuning>) => {
    workspace.tune(changes);
    void editing.again({ ...edit, settings: { ...edit.settings, ...changes } });
  };
  return (
    <div class="stage-message stage-message-error" role="alert">
      <Icon name="warning" />
      <h2>{code === "out_of_memory" ? "Not enough memory" : "This edit failed"}</h2>
      <p>{edit.error?.message}</p>
      <div class="button-row">
        {(code === "out_of_memory" || code === "timed_out") && smaller !== undefined && (
          <button type="button" class="button button-primary" onClick={() => tune({ resolution: smaller })}>
            Try at {smaller} pixels
          </button>
        )}
        {code === "model_error" && (
          <a class="button button-primary" href="#/models">
            Look at the models
          </a>
        )}
        <button type="button" class="button" onClick={() => editing.again(edit)}>
          <Icon name="retry" /> Run again
        </button>
      </div>
    </div>
  );
}

/** A working size with about half the pixels. */
function smallerThan(resolution: number | "native"): number | undefined {
  const next = resolution === "native" ? 512 : Math.floor((resolution * 0.75) / 64) * 64;
  return next >= SMALLEST ? next : undefined;
}
