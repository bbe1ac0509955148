/** A mask as the marks that make it, in pixels of the picture it is for. */

import type { PictureRef } from "../api/records.ts";

export interface Stroke {
  readonly kind: "stroke";
  /** x, y, x, y, … */
  readonly points: readonly number[];
  /** Diameter. */
  readonly size: number;
  readonly erases: boolean;
}

export interface Rectangle {
  readonly kind: "rectangle";
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly erases: boolean;
}

/** Everything that was to be edited is kept, and the other way round. */
export interface Inversion {
  readonly kind: "inversion";
}

/** A mask made elsewhere: opaque where to edit. */
export interface Stencil {
  readonly kind: "stencil";
  readonly image: ImageBitmap;
}

export type MaskMark = Stroke | Rectangle | Inversion | Stencil;

export interface MaskPlan {
  readonly size: Pick<PictureRef, "width" | "height">;
  readonly marks: readonly MaskMark[];
  /** Standard deviation of the soft edge. */
  readonly feather: number;
}

export function emptyMask({ width, height }: Pick<PictureRef, "width" | "height">): MaskPlan {
  return { size: { width, height }, marks: [], feather: 0 };
}

/** Whether a mask says anything. */
export function isMarked(plan: MaskPlan | null): plan is MaskPlan {
  return plan !== null && plan.marks.length > 0;
}

/** Whether a mask drawn for one picture fits another. */
export function fitsMask(plan: MaskPlan, { width, height }: Pick<PictureRef, "width" | "height">): boolean {
  return plan.size.width === width && plan.size.height === height;
}
