/** Drawing a mask: opaque where to edit, transparent where to keep. */

import { changedPart } from "./changed-part.ts";
import { changeOf } from "./difference.ts";
import { feathered } from "./feather.ts";
import type { MaskMark, MaskPlan, Rectangle, Stroke } from "./mask-plan.ts";

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** Draws all marks of a mask, in order, over whatever is on the canvas. */
export function drawMask(context: Context, { marks, size }: MaskPlan): void {
  context.clearRect(0, 0, size.width, size.height);
  for (const mark of marks) drawMark(context, mark, size);
}

/** Adds one mark. */
export function drawMark(context: Context, mark: MaskMark, { width, height }: MaskPlan["size"]): void {
  context.save();
  if (mark.kind === "inversion") {
    context.globalCompositeOperation = "xor";
    context.fillRect(0, 0, width, height);
  } else if (mark.kind === "stencil") {
    context.drawImage(mark.image, 0, 0, width, height);
  } else {
    context.globalCompositeOperation = mark.erases ? "destination-out" : "source-over";
    if (mark.kind === "stroke") drawStroke(context, mark);
    else drawRectangle(context, mark);
  }
  context.restore();
}

function drawStroke(context: Context, { points, size }: Stroke): void {
  context.lineCap = "round";
  context.lineJoin = "round";
  context.lineWidth = size;
  context.beginPath();
  context.moveTo(points[0] ?? 0, points[1] ?? 0);
  // A line of no length still has its round cap: a click is a dot.
  for (let i = 0; i < points.length; i += 2) context.lineTo(points[i] ?? 0, points[i + 1] ?? 0);
  context.stroke();
}

function drawRectangle(context: Context, { x, y, width, height }: Rectangle): void {
  context.fillRect(x, y, width, height);
}

/** The mask as a picture without opacity: white = edit, black = keep. */
export async function maskFile(plan: MaskPlan): Promise<Blob> {
  const { width, height } = plan.size;
  const canvas = new OffscreenCanvas(width, height);
  const context = contextOf(canvas);
  context.fillStyle = context.strokeStyle = "white";
  drawMask(context, plan);
  const pixels = context.getImageData(0, 0, width, height);
  const opacity = Float32Array.from({ length: width * height }, (_, i) => pixels.data[4 * i + 3] ?? 0);
  const soft = feathered(opacity, plan);
  for (const [i, value] of soft.entries()) pixels.data.set([value, value, value, 255], 4 * i);
  context.putImageData(pixels, 0, 0);
  return canvas.convertToBlob({ type: "image/png" });
}

/**
 * A picture as a stencil, by the rule of the engine: where it has opacity, transparent = edit; else white = edit.
 */
export async function stencilOf(file: Blob): Promise<ImageBitmap> {
  const picture = await createImageBitmap(file);
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  const context = contextOf(canvas);
  context.drawImage(picture, 0, 0);
  const pixels = context.getImageData(0, 0, picture.width, picture.height);
  const { data } = pixels;
  let hasOpacity = false;
  for (let i = 3; i < data.length; i += 4) if (data[i] !== 255) hasOpacity = true;
  for (let i = 0; i < data.length; i += 4) {
    const brightness = (299 * (data[i] ?? 0) + 587 * (data[i + 1] ?? 0) + 114 * (data[i + 2] ?? 0)) / 1000;
    data[i + 3] = hasOpacity ? 255 - (data[i + 3] ?? 0) : brightness;
    data[i] = data[i + 1] = data[i + 2] = 255;
  }
  context.putImageData(pixels, 0, 0);
  return createImageBitmap(canvas);
}

/** The part that a result changed, as a stencil of its size; undefined where that is nothing. */
export async function changeStencil(picture: Blob, result: Blob): Promise<ImageBitmap | undefined> {
  const [before, after] = await Promise.all([picture, result].map((file) => createImageBitmap(file)));
  if (before === undefined || after === undefined) return undefined;
  const { width, height } = before;
  const canvas = new OffscreenCanvas(width, height);
  const context = contextOf(canvas);
  const pixelsOf = (bitmap: ImageBitmap) => {
    context.drawImage(bitmap, 0, 0, width, height);
    return context.getImageData(0, 0, width, height);
  };
  const pixels = pixelsOf(after);
  const part = changedPart(changeOf(pixelsOf(before).data, pixels.data), { width, height });
  if (part === undefined) return undefined;
  for (const [i, opacity] of part.entries()) pixels.data.set([255, 255, 255, opacity], 4 * i);
  context.putImageData(pixels, 0, 0);
  return createImageBitmap(canvas);
}

function contextOf(canvas: OffscreenCanvas): OffscreenCanvasRenderingContext2D {
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("This browser gives no canvas to draw on.");
  return context;
}
