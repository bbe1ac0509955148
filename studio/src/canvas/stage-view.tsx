/** The picture, or before and after in the way that was chosen. */

import type { Signal } from "@preact/signals";
import { Photo } from "../parts/photo.tsx";
import { useStudio } from "../state/studio-context.ts";
import { CompareSlider } from "./compare-slider.tsx";
import { type Comparison, sidesOf } from "./comparison.ts";
import { DifferenceView } from "./difference-view.tsx";
import { HoldView } from "./hold-view.tsx";
import { Layer } from "./layer.tsx";
import { boxOf, captionBox, PictureView } from "./picture-view.tsx";
import { SideBySide } from "./side-by-side.tsx";
import { useComparison } from "./use-comparison.ts";
import type { Zoom } from "./zoom.ts";

export function StageView({ zoom }: { readonly zoom: Signal<Zoom> }) {
  const { workspace } = useStudio();
  const comparison = useComparison();
  const { before, edit } = workspace.view.value;
  if (before === undefined) return <p class="stage-note">Waits for the edit before it.</p>;
  if (comparison === undefined) {
    const alt = edit === undefined ? "The picture to be edited" : `Before: ${edit.prompt}`;
    return (
      <PictureView picture={before} zoom={zoom} label="Picture" class={edit?.status === "running" ? "developing" : ""}>
        {(placement) => (
          <div class="layer" style={boxOf(placement)}>
            <Photo picture={before} alt={alt} class="layer-photo" />
          </div>
        )}
      </PictureView>
    );
  }
  return <Compared comparison={comparison} zoom={zoom} />;
}

function Compared({ comparison, zoom }: { readonly comparison: Comparison; readonly zoom: Signal<Zoom> }) {
  const { preferences, workspace } = useStudio();
  const mode = preferences.value.compare;
  if (workspace.holding.value) {
    const { before } = sidesOf(comparison);
    return (
      <PictureView picture={comparison.size} zoom={zoom} label="The original">
        {(placement, view) => (
          <>
            <div class="layer" style={boxOf(placement)}>
              <Layer side={before} />
            </div>
            <span class="stage-caption" style={captionBox(placement, view)}>
              {before.caption}
            </span>
          </>
        )}
      </PictureView>
    );
  }
  if (mode === "side") return <SideBySide comparison={comparison} zoom={zoom} />;
  if (mode === "hold") return <HoldView comparison={comparison} zoom={zoom} />;
  if (mode === "difference") return <DifferenceView comparison={comparison} zoom={zoom} />;
  return <CompareSlider comparison={comparison} zoom={zoom} />;
}
