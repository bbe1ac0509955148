/** Saving a result under a name that says what it is. */

import type { Edit, Output } from "../api/records.ts";
import { slug } from "../parts/format.ts";
import type { Studio } from "../state/studio.ts";
import { saveFile } from "./save-file.ts";

/** `make-it-winter-1371.png` */
export function nameOf({ prompt }: Edit, { seed }: Output, ending: string): string {
  return `${slug(prompt)}-${seed}.${ending}`;
}

/** Saves a result in the format that was chosen, with or without its settings in it. */
export async function download(
  { backend, preferences }: Pick<Studio, "backend" | "preferences">,
  edit: Edit,
  output: Output,
): Promise<void> {
  const { format, metadata } = preferences.peek();
  const file = await backend.pictureFile(output.id, { format, metadata });
  saveFile(file, nameOf(edit, output, format === "jpeg" ? "jpg" : format));
}
