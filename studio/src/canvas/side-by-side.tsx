/** Before and after beside each other; what one is enlarged and moved by, the other is too. */

import type { Signal } from "@preact/signals";
import type { Comparison, Side } from "./comparison.ts";
import { Layer } from "./layer.tsx";
import { boxOf, captionBox, PictureView } from "./picture-view.tsx";
import type { Zoom } from "./zoom.ts";

export function SideBySide({ comparison, zoom }: { readonly comparison: Comparison; readonly zoom: Signal<Zoom> }) {
  const half = (side: Side) => (
    <div class="side">
      <PictureView picture={comparison.size} zoom={zoom} label={side.caption}>
        {(placement, view) => (
          <>
            <div class="layer" style={boxOf(placement)}>
              <Layer side={side} />
            </div>
            <span class="stage-caption side-caption" style={captionBox(placement, view)}>
              {side.caption}
            </span>
          </>
        )}
      </PictureView>
    </div>
  );
  return (
    <div class="side-by-side">
      {half(comparison.left)}
      {half(comparison.right)}
    </div>
  );
}
