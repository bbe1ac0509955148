/** What a UNet under training makes of a few examples, as a sheet of pictures. */

import type { EditExample } from "../../data/dataset.ts";
import type { SchedulerFile } from "../../diffusion/scheduler-config.ts";
import { contactSheet } from "../../image/contact-sheet.ts";
import type { Image } from "../../image/image.ts";
import { EditPipeline } from "../../pipelines/edit.ts";
import { USUAL_EDIT_DEFAULTS } from "../../pipelines/edit-defaults.ts";
import type { EditNetworks } from "../../pipelines/edit-graphs.ts";
import { Programs, type ProgramsOptions } from "../../pipelines/programs.ts";
import type { ClipTokenizer } from "../../text/clip-tokenizer.ts";

export interface SheetParts extends Pick<ProgramsOptions, "runtime" | "places"> {
  readonly networks: EditNetworks;
  readonly tokenizer: ClipTokenizer;
  readonly scheduler: SchedulerFile;
}

/** Sampling steps: fewer than a finished edit deserves, enough to see what it will be. */
const STEPS = 20;

/** Each example in a row: input, edit by the model at the default scales with seed 0, 1, …, the edited picture to be learnt. */
export async function editSheet(examples: readonly EditExample[], parts: SheetParts): Promise<Image> {
  const programs = new Programs({ ...parts, compile: { memory: "low" }, resident: false });
  const pipeline = new EditPipeline({
    ...parts,
    ...{ programs, interpolation: "sigma", memory: "fast", defaults: USUAL_EDIT_DEFAULTS, notes: [] },
  });
  try {
    const pictures: Image[] = [];
    for (const [seed, { input, edited, instruction }] of examples.entries()) {
      const options = { steps: STEPS, seed, resolution: "native", restore: false } as const;
      pictures.push(input, await pipeline.edit(input, instruction, options), edited);
    }
    return contactSheet(pictures, { columns: 3 });
  } finally {
    await programs.dispose();
  }
}
