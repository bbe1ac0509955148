/** A grid as one picture with its values in the margins, and as data. */

import type { Backend } from "../api/backend.ts";
import type { Grid } from "../api/records.ts";
import { valueTitle } from "./axes.ts";

/** Pixels. */
const CELL = 320;
const GAP = 8;
const MARGIN = 44;
const LABELS = 120;

/** A PNG of the finished cells. */
export async function gridPicture(backend: Backend, grid: Grid): Promise<Blob> {
  const [rows, columns] = grid.axes;
  const across = columns?.values ?? [""];
  const down = rows?.values ?? [];
  const shape = grid.edits.find((edit) => edit?.outputs[0] !== undefined)?.outputs[0];
  const height = shape === undefined ? CELL : Math.round((CELL * shape.height) / shape.width);
  const canvas = new OffscreenCanvas(
    LABELS + across.length * (CELL + GAP) + GAP,
    MARGIN + down.length * (height + GAP) + GAP,
  );
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("This browser gives no canvas to draw on.");
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = "#1b1a18";
  context.font = "500 16px Helvetica, Arial, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const [j, value] of across.entries()) {
    if (columns === undefined) break;
    context.fillText(
      valueTitle(columns.param, value),
      LABELS + GAP + j * (CELL + GAP) + CELL / 2,
      MARGIN / 2 + 4,
      CELL,
    );
  }
  for (const [i, value] of down.entries()) {
    if (rows === undefined) break;
    context.fillText(valueTitle(rows.param, value), LABELS / 2, MARGIN + i * (height + GAP) + height / 2, LABELS - GAP);
  }
  for (const [k, edit] of grid.edits.entries()) {
    const output = edit?.outputs[0];
    if (output === undefined) continue;
    const bitmap = await createImageBitmap(await backend.pictureFile(output.id, { metadata: false }));
    const x = LABELS + GAP + (k % across.length) * (CELL + GAP);
    const y = MARGIN + Math.floor(k / across.length) * (height + GAP);
    context.drawImage(bitmap, x, y, CELL, height);
    bitmap.close();
  }
  return canvas.convertToBlob({ type: "image/png" });
}

/** What each cell was made with. */
export function gridRecord({ axes, edits }: Grid): Blob {
  const cells = edits.map(
    (edit) =>
      edit && {
        instruction: edit.prompt,
        status: edit.status,
        model: edit.model,
        settings: edit.settings,
        input: edit.image?.id ?? null,
        output: edit.outputs[0]?.id ?? null,
        scores: edit.outputs[0]?.scores ?? null,
      },
  );
  return new Blob([`${JSON.stringify({ axes, cells }, null, 2)}\n`], { type: "application/json" });
}
