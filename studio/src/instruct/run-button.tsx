/** Run; while something is made, Stop, with Queue beside it. */

import { runKey } from "../keyboard/platform.ts";
import { formatDuration } from "../parts/format.ts";
import { Icon } from "../parts/icon.tsx";
import { useStudio } from "../state/studio-context.ts";

export function RunButton() {
  const { workspace, editing, library } = useStudio();
  const { source, instruction } = workspace.draft.value;
  const { edit } = workspace.view.value;
  const running = library.running.value;
  const isOpen = edit !== undefined && (edit.status === "queued" || edit.status === "running");
  const active = isOpen ? edit : running;
  const isSending = editing.sending.value;
  const cannot = source === null || (instruction.trim() === "" && edit === undefined);
  if (active === undefined) {
    return (
      <button
        type="submit"
        class="button button-primary run"
        disabled={cannot || isSending}
        title={source === null ? "Choose a picture first" : cannot ? "Say what should change first" : `Run (${runKey})`}
      >
        {isSending ? "Sending…" : "Run"}
      </button>
    );
  }
  const progress = library.live.value.get(active.id)?.progress;
  const left = progress?.secondsLeft;
  return (
    <div class="run-pair">
      <button
        type="submit"
        class="button run-queue"
        disabled={cannot || isSending}
        title={`Queue another (${runKey})`}
        aria-label="Queue another edit"
      >
        <Icon name="plus" />
      </button>
      <button type="button" class="button button-stop run" onClick={() => editing.stop()} title="Stop (Esc)">
        <Icon name="stop" filled />
        <span>Stop</span>
        {progress !== undefined && (
          <small>
            {progress.step}/{progress.steps}
            {left !== null && left !== undefined && left >= 1 && ` · ${formatDuration(left)}`}
          </small>
        )}
      </button>
    </div>
  );
}
