/** Making one edit with a loaded model: variant by variant, telling steps and previews on the way. */

import type { SamplerName } from "../../../../src/diffusion/samplers.ts";
import type { InstructPix2Pix } from "../../../../src/exports/web.ts";
import { encodeImage } from "../../../../src/exports/web.ts";
import type { Image } from "../../../../src/image/image.ts";
import { toMask } from "../../../../src/image/mask.ts";
import type { ImageMetadata } from "../../../../src/image/metadata.ts";
import { type EditFacts, infotextOf, recordOf } from "../../../../src/options/edit-record.ts";
import { occasionally, paceOf } from "../../../../src/pipelines/edit-progress.ts";
import type { Output, PictureRef, Progress } from "../../api/records.ts";
import type { Database } from "../database.ts";
import { readPicture, storePicture } from "../pictures.ts";
import type { StoredEdit } from "../records.ts";

export type Work =
  | { readonly type: "progress"; readonly progress: Progress }
  | { readonly type: "preview"; readonly picture: Blob }
  | { readonly type: "output"; readonly output: Output; readonly notes: readonly string[] };

export interface MakeContext {
  readonly database: Database;
  readonly model: InstructPix2Pix;
  /** Name and version of the software. */
  readonly software: string;
  readonly signal: AbortSignal;
}

/** An edit whose picture is there. */
export type ReadyEdit = StoredEdit & { readonly image: PictureRef };

/** Makes the variants an edit still lacks. Rejects with the signal's reason, within a step, when that fires. */
export async function* makeEdit(edit: ReadyEdit, context: MakeContext): AsyncGenerator<Work, void> {
  const { database, model, signal } = context;
  const image = await readPicture(database, edit.image.id);
  const mask = edit.mask === null ? undefined : toMask(await readPicture(database, edit.mask.id));
  const pace = paceOf(edit.count);
  const preview = edit.previews === "none" ? async () => undefined : occasionally<Blob>();
  for (let index = edit.outputs.length; index < edit.count; index++) {
    const seed = edit.settings.seed + index;
    const known = model.notes.length;
    for await (const state of model.steps(image, edit.prompt, { ...edit.settings, seed, mask, signal })) {
      signal.throwIfAborted();
      const { step, steps } = state;
      const { perStep: secondsPerStep, left: secondsLeft } = pace(step, steps, index);
      yield { type: "progress", progress: { step, steps, output: index, secondsPerStep, secondsLeft } };
      if (step < steps) {
        const picture = await preview(() => encodeImage(state.preview(), "jpeg", { quality: 75 }));
        if (picture !== undefined) yield { type: "preview", picture };
        continue;
      }
      const result = await state.decode();
      const metadata = metadataOf(edit, { input: image, result, seed, sampler: state.sampler, context });
      const picture = await storePicture(database, result, metadata);
      const output = { ...picture, seed, sampler: state.sampler };
      yield { type: "output", output, notes: model.notes.slice(known) };
    }
  }
}

interface Made {
  readonly input: Image;
  readonly result: Image;
  readonly seed: number;
  readonly sampler: SamplerName;
  readonly context: MakeContext;
}

function metadataOf(edit: ReadyEdit, { input, result, seed, sampler, context }: Made): ImageMetadata {
  const facts: EditFacts = {
    software: context.software,
    instruction: edit.prompt,
    settings: { ...edit.settings, seed, sampler },
    model: edit.model,
    device: context.model.device,
    input: { width: input.width, height: input.height, sha256: edit.image.id },
    mask: edit.mask === null ? undefined : { sha256: edit.mask.id },
    output: { width: result.width, height: result.height },
  };
  const tree = edit.parent === null ? { edit: edit.id } : { edit: edit.id, parent: edit.parent };
  return { parameters: infotextOf(facts), instructpix2pix: { ...recordOf(facts), ...tree } };
}
