/** An edit in the history: what it looks like, what was said, how it fares. */

import { useComputed } from "@preact/signals";
import type { Edit, EditStatus } from "../api/records.ts";
import { Icon, type IconName } from "../parts/icon.tsx";
import { IconButton } from "../parts/icon-button.tsx";
import { Photo } from "../parts/photo.tsx";
import { faceOf, titleOf } from "../state/library.ts";
import { useStudio } from "../state/studio-context.ts";
import { EditMenu } from "./edit-menu.tsx";

const STATES: Readonly<Partial<Record<EditStatus, { icon: IconName; words: string }>>> = {
  queued: { icon: "clock", words: "waiting" },
  running: { icon: "spark", words: "in the making" },
  failed: { icon: "warning", words: "failed" },
  canceled: { icon: "stop", words: "stopped" },
};

export function EditRow({ edit, isSelected }: { readonly edit: Edit; readonly isSelected: boolean }) {
  const { library, annotating } = useStudio();
  const face = faceOf(edit);
  const state = STATES[edit.status];
  const progress = useComputed(() => library.live.value.get(edit.id)?.progress).value;
  const { textGuidance, imageGuidance, seed } = edit.settings;
  return (
    <>
      <span class={`thumb-box thumb-${edit.status}`}>
        {face === null ? <span class="thumb" /> : <Photo picture={face} size="small" alt="" class="thumb" />}
        {edit.count > 1 && (
          <span class="thumb-count" aria-hidden="true">
            {edit.count}
          </span>
        )}
      </span>
      <span class="tree-words">
        <span class="tree-title">{titleOf(edit)}</span>
        <span class="tree-meta">
          {state === undefined ? (
            <>
              <span title="Text and image guidance">
                {textGuidance} / {imageGuidance}
              </span>
              <span title="Seed">#{seed}</span>
            </>
          ) : (
            <>
              <Icon name={state.icon} />
              {edit.status === "running" && progress !== undefined
                ? `step ${progress.step} of ${progress.steps}`
                : state.words}
            </>
          )}
          {edit.mask !== null && <Icon name="mask" />}
        </span>
      </span>
      <span class="tree-actions">
        <IconButton
          icon="star"
          label={edit.starred ? "Take the star away" : "Star"}
          pressed={edit.starred}
          onClick={() => void annotating.star(edit, !edit.starred)}
        />
        {isSelected && <EditMenu edit={edit} />}
      </span>
    </>
  );
}
