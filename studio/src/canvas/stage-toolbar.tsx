/** Above the picture: where it comes from, how it is compared, how large it is, what can be done with it. */

import type { Signal } from "@preact/signals";
import { ExportMenu } from "../export/export-menu.tsx";
import { Breadcrumb } from "../history/breadcrumb.tsx";
import { chainOf } from "../history/tree.ts";
import { IconButton } from "../parts/icon-button.tsx";
import { Segmented } from "../parts/segmented.tsx";
import { type CompareMode, prefer } from "../state/preferences.ts";
import { useStudio } from "../state/studio-context.ts";
import { FITTED, type Zoom, zoomAt } from "./zoom.ts";

const MODES = [
  { value: "slider", label: "Slider", icon: "compare" },
  { value: "side", label: "Side by side", icon: "side" },
  { value: "hold", label: "Hold for the original", icon: "hold" },
  { value: "difference", label: "Difference", icon: "difference" },
] as const satisfies readonly { value: CompareMode; label: string; icon: string }[];

const CENTRE = { x: 0, y: 0 };

export function StageToolbar({ zoom }: { readonly zoom: Signal<Zoom> }) {
  const { workspace, preferences, library } = useStudio();
  const { edit, after } = workspace.view.value;
  const isLater = edit !== undefined && chainOf(edit, library.edits.value).length > 1;
  const { scale } = zoom.value;
  const isMarked = (workspace.draft.value.mask?.marks.length ?? 0) > 0;
  const by = (factor: number) => () => {
    zoom.value = zoomAt(zoom.peek(), factor, CENTRE);
  };
  return (
    <div class="stage-toolbar">
      <Breadcrumb />
      {edit !== undefined && isLater && after !== undefined && (
        <IconButton
          icon="image"
          label="Compare with the first picture"
          pressed={workspace.fromOriginal.value}
          filled={false}
          onClick={() => {
            workspace.fromOriginal.value = !workspace.fromOriginal.peek();
          }}
        />
      )}
      {(after !== undefined || edit?.status === "running") && (
        <Segmented
          label="Compare"
          compact
          choices={MODES}
          value={preferences.value.compare}
          onChange={(compare) => prefer(preferences, { compare })}
        />
      )}
      <div class="stage-actions">
        <div class="zoom-tools">
          <IconButton icon="minus" label="Smaller" disabled={scale <= 1} onClick={by(1 / 1.5)} />
          <IconButton icon="plus" label="Larger" onClick={by(1.5)} />
          <IconButton
            icon="fit"
            label="Fit"
            disabled={scale <= 1.001}
            onClick={() => {
              zoom.value = FITTED;
            }}
          />
        </div>
        <IconButton
          icon="mask"
          label={isMarked ? "Change the mask" : "Mask: edit only a part"}
          filled={isMarked}
          class={isMarked ? "icon-button-on" : ""}
          onClick={() => {
            workspace.masking.value = true;
          }}
        />
        {edit !== undefined && after !== undefined && <ExportMenu edit={edit} output={after} />}
      </div>
    </div>
  );
}
