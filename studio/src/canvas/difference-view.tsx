/** Where the result differs from the original, as a heat map. */

import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { useAddress } from "../parts/photo.tsx";
import { type Comparison, type Side, sidesOf } from "./comparison.ts";
import { differ } from "./difference.ts";
import { boxOf, captionBox, PictureView } from "./picture-view.tsx";
import type { Size, Zoom } from "./zoom.ts";

/** Long side at which pictures are compared, in pixels. */
const MOST_PIXELS = 1536;

export function DifferenceView({ comparison, zoom }: { readonly comparison: Comparison; readonly zoom: Signal<Zoom> }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const changed = useSignal<number | undefined>(undefined);
  const { before, after } = sidesOf(comparison);
  const from = useSideAddress(before);
  const to = useSideAddress(after);
  const { width, height } = comparison.size;
  useEffect(() => {
    if (from === undefined || to === undefined) return;
    let isCurrent = true;
    const size = within(comparison.size);
    const pixels = Promise.all([pixelsOf(from, size), pixelsOf(to, size)]);
    pixels
      .then(([a, b]) => {
        if (!isCurrent || canvas.current === null) return;
        const difference = differ(a, b);
        canvas.current.width = size.width;
        canvas.current.height = size.height;
        canvas.current.getContext("2d")?.putImageData(new ImageData(difference.heat, size.width), 0, 0);
        changed.value = difference.changed;
      })
      .catch(() => {});
    return () => {
      isCurrent = false;
    };
  }, [from, to, width, height]);
  const percent = changed.value === undefined ? "" : `${(100 * changed.value).toFixed(changed.value < 0.1 ? 1 : 0)} %`;
  return (
    <PictureView picture={comparison.size} zoom={zoom} label="Difference">
      {(placement, view) => (
        <>
          <canvas
            ref={canvas}
            class="layer"
            style={boxOf(placement)}
            role="img"
            aria-label={`Heat map of the change: ${percent} of the pixels changed`}
          />
          {percent !== "" && (
            <span class="stage-caption" style={captionBox(placement, view)}>
              {percent} of the pixels changed
            </span>
          )}
        </>
      )}
    </PictureView>
  );
}

function useSideAddress(side: Side): string | undefined {
  const stored = useAddress("picture" in side ? side.picture.id : undefined, "full");
  return "picture" in side ? stored : side.address;
}

function within({ width, height }: Size): Size {
  const factor = Math.min(1, MOST_PIXELS / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * factor)), height: Math.max(1, Math.round(height * factor)) };
}

/** RGBA of a picture at a size. */
async function pixelsOf(address: string, { width, height }: Size): Promise<Uint8ClampedArray> {
  const bitmap = await createImageBitmap(await (await fetch(address)).blob());
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  context?.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return context?.getImageData(0, 0, width, height).data ?? new Uint8ClampedArray();
}
