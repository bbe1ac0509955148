/** The editor: history, canvas and instruction, controls. */

import { Stage } from "../canvas/stage.tsx";
import { Controls } from "../controls/controls.tsx";
import { Feedback } from "../controls/feedback.tsx";
import { DriftWarning } from "../history/drift-warning.tsx";
import { HistoryPanel } from "../history/history-panel.tsx";
import { InstructBar } from "../instruct/instruct-bar.tsx";
import { useStudio } from "../state/studio-context.ts";
import { ModelNote } from "./model-note.tsx";
import { useIsPhone } from "./use-is-phone.ts";

export function EditPage() {
  const { workspace, library } = useStudio();
  const isPhone = useIsPhone();
  const isEmpty = workspace.selection.value.kind === "none";
  const hasHistory = library.roots.value.length > 0 || library.edits.value.size > 0;
  return (
    <main class={`editor ${isEmpty ? "editor-empty" : ""} ${hasHistory ? "" : "editor-new"}`}>
      {!isEmpty && <h1 class="visually-hidden">{library.session.value?.name ?? "New session"}</h1>}
      {!isPhone && hasHistory && (
        <aside class="side-left" aria-label="History">
          <HistoryPanel />
        </aside>
      )}
      <div class="middle">
        <ModelNote />
        <Stage />
        {!isEmpty && (
          <div class="below">
            <DriftWarning />
            {isPhone && <Feedback />}
            <InstructBar />
          </div>
        )}
      </div>
      {!isPhone && !isEmpty && (
        <aside class="side-right" aria-label="Settings of the edit">
          <Feedback />
          <Controls />
        </aside>
      )}
    </main>
  );
}
