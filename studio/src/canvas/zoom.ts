/** Where a picture lies in its view: fitted, enlarged, moved. */

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** `scale` 1 fits the picture into the view; `x`, `y` move its centre from the view's, in pixels of the screen. */
export interface Zoom {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

/** The picture's rectangle in the view. */
export interface Placement extends Size {
  readonly left: number;
  readonly top: number;
}

export const FITTED: Zoom = { scale: 1, x: 0, y: 0 };

/** Small pictures are enlarged to fit, but not beyond recognition. */
const MOST_ENLARGED = 4;
const LARGEST_SCALE = 40;

/** Screen pixels per picture pixel when the picture is fitted. */
export function fitScale(picture: Size, view: Size): number {
  return Math.min(view.width / picture.width, view.height / picture.height, MOST_ENLARGED);
}

export function placementOf(picture: Size, view: Size, { scale, x, y }: Zoom): Placement {
  const factor = fitScale(picture, view) * scale;
  const width = picture.width * factor;
  const height = picture.height * factor;
  return { width, height, left: (view.width - width) / 2 + x, top: (view.height - height) / 2 + y };
}

/** Zooms by a factor so that what is under `point` (from the view's centre) stays there. */
export function zoomAt(zoom: Zoom, factor: number, point: { readonly x: number; readonly y: number }): Zoom {
  const scale = Math.min(LARGEST_SCALE, Math.max(1, zoom.scale * factor));
  const ratio = scale / zoom.scale;
  return { scale, x: point.x + (zoom.x - point.x) * ratio, y: point.y + (zoom.y - point.y) * ratio };
}

/** Moves no further than the picture's edge; what fits into the view stays in its middle. */
export function clamped(zoom: Zoom, picture: Size, view: Size): Zoom {
  const { width, height } = placementOf(picture, view, zoom);
  const limit = (value: number, most: number) => Math.min(Math.max(value, -Math.max(0, most)), Math.max(0, most)) + 0;
  return {
    scale: zoom.scale,
    x: limit(zoom.x, (width - view.width) / 2),
    y: limit(zoom.y, (height - view.height) / 2),
  };
}

/** The zoom at which one pixel of the picture is one of the screen; never smaller than fitted. */
export function actualSize(picture: Size, view: Size): Zoom {
  return { ...FITTED, scale: Math.max(1, 1 / fitScale(picture, view)) };
}

/** The part of the picture's width that is in sight, in pixels of the view. */
export function visibleSpan({ left, width }: Placement, view: Size): { readonly from: number; readonly to: number } {
  return { from: Math.max(0, left), to: Math.min(view.width, left + width) };
}
