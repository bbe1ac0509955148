/** Before and after, one over the other, with a divider to be dragged. */

import { type Signal, useSignal } from "@preact/signals";
import type { Comparison } from "./comparison.ts";
import { Layer } from "./layer.tsx";
import { boxOf, PictureView } from "./picture-view.tsx";
import type { OnPoint } from "./use-zoom.ts";
import { visibleSpan, type Zoom } from "./zoom.ts";

/** Half the width of the divider's grip, in pixels. */
const GRIP = 22;

export function CompareSlider({ comparison, zoom }: { readonly comparison: Comparison; readonly zoom: Signal<Zoom> }) {
  const part = useSignal(0.5);
  const { left: onLeft, right: onRight, edited } = comparison;
  const percent = Math.round((edited === "right" ? 1 - part.value : part.value) * 100);

  const drag: OnPoint = (event, phase) => {
    if (zoom.peek().scale > 1.001) return false; // then a drag moves the picture
    const picture = (event.currentTarget as HTMLElement).querySelector(".layer")?.getBoundingClientRect();
    if (picture === undefined || phase === "up" || phase === "cancel") return true;
    part.value = Math.min(1, Math.max(0, (event.clientX - picture.left) / picture.width));
    return true;
  };

  return (
    <PictureView picture={comparison.size} zoom={zoom} label="Before and after" onPoint={drag}>
      {(placement, view) => {
        const { from, to } = visibleSpan(placement, view);
        const divider = from + part.value * (to - from);
        const hidden = Math.min(100, Math.max(0, ((divider - placement.left) / placement.width) * 100));
        return (
          <>
            <div class="layer" style={boxOf(placement)}>
              <Layer side={onLeft} />
            </div>
            <div class="layer" style={{ ...boxOf(placement), clipPath: `inset(0 0 0 ${hidden}%)` }}>
              <Layer side={onRight} />
            </div>
            <div
              class="divider"
              style={{
                left: `${divider}px`,
                top: `${Math.max(0, placement.top)}px`,
                height: `${Math.min(view.height, placement.height)}px`,
              }}
            >
              <span class="divider-knob" />
            </div>
            <input
              class="divider-range"
              type="range"
              aria-label="Where before ends and after begins"
              aria-valuetext={`${percent} % edited`}
              min={0}
              max={1}
              step={0.01}
              value={part.value}
              style={{ left: `${from - GRIP}px`, width: `${to - from + 2 * GRIP}px` }}
              onInput={(event) => {
                part.value = Number(event.currentTarget.value);
              }}
            />
          </>
        );
      }}
    </PictureView>
  );
}
