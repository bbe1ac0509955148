/** One of several edits to choose from. Pointing at it uncovers, from the left, the picture it was made from. */

import { useState } from "preact/hooks";
import type { Edit } from "../api/records.ts";
import { Bar } from "../canvas/stage-progress.tsx";
import { Icon } from "../parts/icon.tsx";
import { Photo } from "../parts/photo.tsx";
import { useStudio } from "../state/studio-context.ts";
import { ScoreBadge, spoken } from "./score-badge.tsx";

interface Props {
  /** Null for one that is gone. */
  readonly edit: Edit | null;
  readonly label: string;
  /** Whether Tab leads here first. */
  readonly isFirst?: boolean;
  /** Below the picture. */
  readonly caption?: string;
}

export function EditCell({ edit, label, isFirst, caption }: Props) {
  const { editing, annotating, library, panels, workspace } = useStudio();
  const [split, setSplit] = useState<number | null>(null);
  if (edit === null) return <span class="cell cell-blank">gone</span>;
  const result = edit.outputs[0];
  const progress = library.live.value.get(edit.id)?.progress;
  const shape = result ?? edit.image;
  const isShown = workspace.view.value.edit?.id === edit.id;
  return (
    <button
      type="button"
      class={`cell cell-${edit.status} ${isShown ? "cell-shown" : ""}`}
      tabIndex={isFirst === false ? -1 : 0}
      aria-label={[
        `${label}: ${STATES[edit.status]}`,
        edit.starred && "starred",
        result?.scores && spoken(result.scores),
      ]
        .filter(Boolean)
        .join(", ")}
      style={shape === null ? {} : { aspectRatio: `${shape.width} / ${shape.height}` }}
      onClick={(event) => {
        if (result === undefined) return;
        if (event.shiftKey) {
          void annotating.star(edit, !edit.starred);
          return;
        }
        editing.adopt(edit);
        panels.close();
      }}
      onPointerMove={(event) => {
        const { left, width } = event.currentTarget.getBoundingClientRect();
        if (event.pointerType === "mouse") setSplit((event.clientX - left) / width);
      }}
      onPointerLeave={() => setSplit(null)}
    >
      {edit.image !== null && <Photo picture={edit.image} alt="" class="cell-before" />}
      {result !== undefined && (
        <span class="cell-after" style={{ clipPath: `inset(0 0 0 ${split === null ? 0 : 100 * split}%)` }}>
          <Photo picture={result} alt="" />
        </span>
      )}
      {edit.status === "running" && <Bar part={progress === undefined ? undefined : progress.step / progress.steps} />}
      {edit.status === "failed" && (
        <span class="cell-note" title={edit.error?.message}>
          <Icon name="warning" /> failed
        </span>
      )}
      {edit.status === "canceled" && <span class="cell-note">stopped</span>}
      {edit.starred && (
        <span class="cell-star">
          <Icon name="star" filled />
        </span>
      )}
      {result?.scores && <ScoreBadge scores={result.scores} />}
      {caption !== undefined && <span class="cell-caption">{caption}</span>}
    </button>
  );
}

const STATES: Readonly<Record<Edit["status"], string>> = {
  queued: "waiting",
  running: "in the making",
  succeeded: "done, choose it",
  failed: "failed",
  canceled: "stopped",
};
