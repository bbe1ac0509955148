/** The canvas: a place to drop a picture, then the picture, then before and after. */

import { useSignal, useSignalEffect } from "@preact/signals";
import { useStudio } from "../state/studio-context.ts";
import { EmptyStage } from "./empty-stage.tsx";
import { MaskEditor } from "./mask-editor.tsx";
import { StageMessage } from "./stage-message.tsx";
import { StageProgress } from "./stage-progress.tsx";
import { StageToolbar } from "./stage-toolbar.tsx";
import { StageView } from "./stage-view.tsx";
import { Variants } from "./variants.tsx";
import { FITTED, type Zoom } from "./zoom.ts";

export function Stage() {
  const { library, workspace } = useStudio();
  const zoom = useSignal<Zoom>(FITTED);
  const { before, edit } = workspace.view.value;
  const { source } = workspace.draft.value;
  const isMasking = workspace.masking.value && source !== null;
  // Another picture is seen whole first.
  const shown = isMasking ? source.picture.id : before?.id;
  useSignalEffect(() => {
    const { before } = workspace.view.value;
    if (before !== undefined && workspace.selection.value.kind !== "none") zoom.value = FITTED;
  });

  if (workspace.selection.value.kind === "none") {
    return (
      <section class="stage" aria-label="Canvas">
        {library.state.value === "opening" ? (
          <div class="stage-opening" role="status" aria-label="Opening" />
        ) : (
          <EmptyStage />
        )}
      </section>
    );
  }
  return (
    <section class="stage" aria-label="Canvas">
      {isMasking ? (
        <MaskEditor key={shown} source={source} zoom={zoom} />
      ) : (
        <>
          <StageToolbar zoom={zoom} />
          <div class="stage-frame">
            <StageView zoom={zoom} />
            {edit !== undefined && <StageMessage edit={edit} />}
            {edit !== undefined && <StageProgress edit={edit} />}
          </div>
          <Variants />
        </>
      )}
    </section>
  );
}
