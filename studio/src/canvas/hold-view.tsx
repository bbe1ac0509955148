/** The result, or while it is pressed, the original. A tap of a finger leaves the original until the next. */

import { type Signal, useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { type Comparison, sidesOf } from "./comparison.ts";
import { Layer } from "./layer.tsx";
import { boxOf, captionBox, PictureView } from "./picture-view.tsx";
import type { OnPoint } from "./use-zoom.ts";
import type { Zoom } from "./zoom.ts";

const TAP_MS = 250;

interface Props {
  readonly comparison: Comparison;
  readonly zoom: Signal<Zoom>;
}

export function HoldView({ comparison, zoom }: Props) {
  const isPressed = useSignal(false);
  const isKept = useSignal(false);
  const since = useRef(0);
  const { before, after } = sidesOf(comparison);
  const shown = isPressed.value !== isKept.value ? before : after;
  const press: OnPoint = (event, phase) => {
    if (phase === "down") since.current = performance.now();
    if (phase !== "move") isPressed.value = phase === "down";
    const isTap = event.pointerType === "touch" && performance.now() - since.current < TAP_MS;
    if (phase === "up" && isTap) isKept.value = !isKept.value;
    return zoom.peek().scale <= 1.001;
  };
  return (
    <PictureView picture={comparison.size} zoom={zoom} label="Press to see the original" onPoint={press}>
      {(placement, view) => (
        <>
          <div class="layer" style={boxOf(placement)}>
            <Layer side={shown} />
          </div>
          <span class="stage-caption" style={captionBox(placement, view)}>
            {shown.caption}
          </span>
        </>
      )}
    </PictureView>
  );
}
