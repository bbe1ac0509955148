/** Painting where to edit. */

import { type Signal, useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Photo } from "../parts/photo.tsx";
import type { Source } from "../state/draft.ts";
import { useStudio } from "../state/studio-context.ts";
import { diameter } from "./brush.ts";
import { drawMark, drawMask } from "./mask-drawing.ts";
import { emptyMask, type MaskMark, type MaskPlan } from "./mask-plan.ts";
import { MaskTools } from "./mask-tools.tsx";
import { boxOf, PictureView } from "./picture-view.tsx";
import type { OnPoint } from "./use-zoom.ts";
import type { Zoom } from "./zoom.ts";

interface Props {
  readonly source: Source;
  readonly zoom: Signal<Zoom>;
}

/** Makes the next mark a step of its own for undo. */
let marks = 0;

export function MaskEditor({ source, zoom }: Props) {
  const { workspace } = useStudio();
  const { picture } = source;
  const canvas = useRef<HTMLCanvasElement>(null);
  const cursor = useSignal<{ x: number; y: number } | null>(null);
  const begun = useRef<{ mark: MaskMark; points: number[] } | null>(null);
  const plan: MaskPlan = workspace.draft.value.mask ?? emptyMask(picture);
  const brush = workspace.brush.value;

  const redraw = (unfinished?: MaskMark) => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    context.fillStyle = context.strokeStyle = getComputedStyle(context.canvas).color;
    drawMask(context, plan);
    if (unfinished !== undefined) drawMark(context, unfinished, plan.size);
  };
  useLayoutEffect(redraw, [plan, picture.id]);

  const add = (mark: MaskMark) =>
    workspace.change({ mask: { ...plan, marks: [...plan.marks, mark] } }, `mark ${++marks}`);

  const paint: OnPoint = (event, phase) => {
    const box = canvas.current?.getBoundingClientRect();
    if (box === undefined) return false;
    const factor = picture.width / box.width;
    const x = (event.clientX - box.left) * factor;
    const y = (event.clientY - box.top) * factor;
    if (phase === "up" || phase === "cancel") {
      if (begun.current !== null && phase === "up") add(begun.current.mark);
      begun.current = null;
      if (phase === "cancel") redraw();
      return true;
    }
    const points = phase === "down" ? [x, y] : [...(begun.current?.points ?? []), x, y];
    begun.current = { points, mark: markOf(points) };
    redraw(begun.current.mark);
    return true;
  };

  const markOf = (points: readonly number[]): MaskMark => {
    const erases = brush.tool === "eraser";
    if (brush.tool !== "rectangle") return { kind: "stroke", points, size: diameter(brush, picture), erases };
    const [x0 = 0, y0 = 0] = points;
    const [x1 = x0, y1 = y0] = points.slice(-2);
    const box = { x: Math.min(x0, x1), y: Math.min(y0, y1), width: Math.abs(x1 - x0), height: Math.abs(y1 - y0) };
    return { kind: "rectangle", ...box, erases };
  };

  return (
    <div class="mask-editor">
      <MaskTools picture={picture} plan={plan} onChange={(mask) => workspace.change({ mask }, `mask ${++marks}`)} />
      <div
        class="mask-view"
        onPointerMove={(event) => {
          const { left, top } = event.currentTarget.getBoundingClientRect();
          cursor.value = event.pointerType === "mouse" ? { x: event.clientX - left, y: event.clientY - top } : null;
        }}
        onPointerLeave={() => {
          cursor.value = null;
        }}
      >
        <PictureView picture={picture} zoom={zoom} label="Paint where to edit" class="painting" onPoint={paint}>
          {(placement) => (
            <>
              <div class="layer" style={boxOf(placement)}>
                <Photo picture={picture} alt="The picture to be edited" class="layer-photo" />
              </div>
              <canvas
                ref={canvas}
                class="layer mask-canvas"
                width={picture.width}
                height={picture.height}
                style={boxOf(placement)}
                role="img"
                aria-label={plan.marks.length === 0 ? "Nothing is masked" : "The masked part of the picture"}
              />
              {cursor.value !== null && brush.tool !== "rectangle" && (
                <span
                  class="brush-cursor"
                  style={{
                    left: `${cursor.value.x}px`,
                    top: `${cursor.value.y}px`,
                    width: `${(diameter(brush, picture) * placement.width) / picture.width}px`,
                  }}
                />
              )}
            </>
          )}
        </PictureView>
      </div>
    </div>
  );
}
