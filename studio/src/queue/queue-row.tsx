/** An edit in the queue. */

import type { Edit } from "../api/records.ts";
import { IconButton } from "../parts/icon-button.tsx";
import { Photo } from "../parts/photo.tsx";
import { faceOf } from "../state/library.ts";
import { useStudio } from "../state/studio-context.ts";

interface Props {
  readonly edit: Edit;
  readonly onCancel?: () => void;
  readonly onUp?: () => void;
  readonly onDown?: () => void;
}

export function QueueRow({ edit, onCancel, onUp, onDown }: Props) {
  const { library, workspace, panels, editing } = useStudio();
  const face = faceOf(edit);
  const isHere = library.edits.value.has(edit.id);
  const { steps, textGuidance, imageGuidance } = edit.settings;
  return (
    <div class="queue-row">
      {face === null ? <span class="thumb" /> : <Photo picture={face} size="small" alt="" class="thumb" />}
      <span class="tree-words">
        {isHere ? (
          <button
            type="button"
            class="link-plain tree-title"
            onClick={() => {
              workspace.show({ kind: "edit", id: edit.id, variant: 0 });
              panels.close();
            }}
          >
            {edit.prompt}
          </button>
        ) : (
          <span class="tree-title">{edit.prompt}</span>
        )}
        <span class="tree-meta">
          {edit.status === "failed"
            ? edit.error?.message
            : `${edit.count > 1 ? `${edit.count} pictures · ` : ""}${steps} steps · ${textGuidance} / ${imageGuidance}`}
        </span>
      </span>
      <span class="queue-actions">
        {onUp !== undefined && <IconButton icon="arrowUp" label="Sooner" onClick={onUp} />}
        {onDown !== undefined && <IconButton icon="arrowDown" label="Later" onClick={onDown} />}
        {onCancel !== undefined && <IconButton icon="close" label={`Cancel: ${edit.prompt}`} onClick={onCancel} />}
        {edit.status === "failed" && (
          <IconButton icon="retry" label={`Retry: ${edit.prompt}`} onClick={() => void editing.again(edit)} />
        )}
      </span>
    </div>
  );
}
