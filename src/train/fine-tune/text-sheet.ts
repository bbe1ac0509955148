/** What a text-to-image UNet under training makes of a few captions, as a sheet of pictures. */

import type { EditExample } from "../../data/dataset.ts";
import { contactSheet } from "../../image/contact-sheet.ts";
import type { Image } from "../../image/image.ts";
import { USUAL_EDIT_DEFAULTS } from "../../pipelines/edit-defaults.ts";
import { Programs } from "../../pipelines/programs.ts";
import { TextToImagePipeline } from "../../pipelines/text-to-image.ts";
import { wordsOf } from "./denoising-task.ts";
import type { SheetParts } from "./edit-sheet.ts";

const STEPS = 20;

/** Each example in a row: a picture made from its caption with seed 0, 1, …, and the picture to be learnt. */
export async function textSheet(examples: readonly EditExample[], parts: SheetParts): Promise<Image> {
  const programs = new Programs({ ...parts, compile: { memory: "low" }, resident: false });
  const pipeline = new TextToImagePipeline({
    ...parts,
    ...{ programs, interpolation: "sigma", memory: "fast", defaults: USUAL_EDIT_DEFAULTS, notes: [] },
  });
  try {
    const pictures: Image[] = [];
    for (const [seed, example] of examples.entries()) {
      const { width, height } = example.edited;
      const options = { steps: STEPS, seed, width, height };
      pictures.push(await pipeline.generate(wordsOf(example, false), options), example.edited);
    }
    return contactSheet(pictures, { columns: 2 });
  } finally {
    await programs.dispose();
  }
}
