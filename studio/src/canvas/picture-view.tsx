/** A view of a picture that can be enlarged and moved; what is drawn into it gets the picture's place. */

import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { type OnPoint, useZoom } from "./use-zoom.ts";
import { type Placement, placementOf, type Size, type Zoom } from "./zoom.ts";

interface Props {
  readonly picture: Size;
  readonly zoom: Signal<Zoom>;
  readonly label: string;
  readonly class?: string;
  readonly onPoint?: OnPoint;
  readonly children: (placement: Placement, view: Size) => ComponentChildren;
}

export function PictureView({ picture, zoom, label, class: more = "", onPoint, children }: Props) {
  const { ref, view, handlers } = useZoom({ picture, zoom, onPoint });
  const isEnlarged = zoom.value.scale > 1.001;
  const size = view.value;
  const placement = placementOf(picture, size, zoom.value);
  return (
    <figure
      ref={ref}
      class={`picture-view ${isEnlarged ? "picture-view-enlarged" : ""} ${more}`}
      aria-label={label}
      {...handlers}
    >
      {size.width > 0 && children(placement, size)}
    </figure>
  );
}

/** Pixels as a style. */
export function boxOf({ left, top, width, height }: Placement): Record<string, string> {
  return { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` };
}

/** Where a caption stands: at the lower edge of what is seen of the picture. */
export function captionBox({ top, height }: Placement, view: Size): Record<string, string> {
  return { bottom: `${Math.max(0, view.height - top - height) + 14}px` };
}
