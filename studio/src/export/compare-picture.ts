/** Before and after beside each other, with the instruction below, as one picture to show around. */

/** Parts of the picture's height. */
const BORDER = 0.03;
const CAPTION = 0.075;

/** A PNG. */
export async function comparePicture(before: ImageBitmap, after: ImageBitmap, instruction: string): Promise<Blob> {
  const { width, height } = before;
  const border = Math.max(4, Math.round(height * BORDER));
  const caption = Math.max(28, Math.round(height * CAPTION));
  const canvas = new OffscreenCanvas(2 * width + 3 * border, height + 2 * border + caption);
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("This browser gives no canvas to draw on.");
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(before, border, border, width, height);
  context.drawImage(after, width + 2 * border, border, width, height);
  context.fillStyle = "#1b1a18";
  context.font = `500 ${Math.round(caption * 0.5)}px Helvetica, Arial, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(
    `“${instruction}”`,
    canvas.width / 2,
    height + border + (caption + border) / 2,
    canvas.width - 2 * border,
  );
  return canvas.convertToBlob({ type: "image/png" });
}
