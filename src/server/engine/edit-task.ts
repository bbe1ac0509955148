/** Doing one task with a loaded model: files in, steps and previews on the way, a PNG with its settings out. */

import sharp from "sharp";
import type { SamplerName } from "../../diffusion/samplers.ts";
import { invariant } from "../../errors.ts";
import type { ClipReader } from "../../eval/clip-reader.ts";
import { editScores } from "../../eval/edit-scores.ts";
import { readImage } from "../../image/decode.node.ts";
import { encodeImage } from "../../image/encode.node.ts";
import type { Image } from "../../image/image.ts";
import { toMask } from "../../image/mask.ts";
import { type EditFacts, infotextOf, type LoraFact, recordOf } from "../../options/edit-record.ts";
import type { EditOptions, EditStep } from "../../pipelines/edit-options.ts";
import { occasionally } from "../../pipelines/edit-progress.ts";
import type { EditTask, EditUpdate } from "./editor.ts";

/** The part of `InstructPix2Pix` that is used. */
export interface Pipeline {
  readonly device: string;
  readonly notes: readonly string[];
  steps(image: Image, instruction: string, options: EditOptions): AsyncGenerator<EditStep>;
}

export interface TaskContext {
  readonly pipeline: Pipeline;
  /** Name and version of this software. */
  readonly software: string;
  /** Those that were loaded with the model. */
  readonly loras: readonly LoraFact[];
  readonly signal: AbortSignal;
  /** Scores results. */
  readonly clip?: ClipReader;
}

/** Long side of a preview, in pixels. */
const PREVIEW_SIDE = 512;

/** Works at a task. Rejects with the signal's reason when that fires. */
export async function* doTask(task: EditTask, context: TaskContext): AsyncGenerator<EditUpdate, void> {
  const { pipeline, signal, clip } = context;
  const known = pipeline.notes.length;
  const image = await readImage(task.image.path, { name: "the picture" });
  const mask = task.mask && toMask(await readImage(task.mask.path, { name: "the mask" }));
  const wantsPreview = previewPlan(task.previews);
  let finished: { image: Image; sampler: SamplerName } | undefined;
  for await (const state of pipeline.steps(image, task.prompt, { ...task.settings, mask, signal })) {
    signal.throwIfAborted();
    const { step, steps } = state;
    yield { type: "step", step, steps };
    if (step === steps) finished = { image: await state.decode(), sampler: state.sampler };
    else {
      const jpeg = await wantsPreview(step, () => jpegOf(state.preview()));
      if (jpeg !== undefined) yield { type: "preview", step, jpeg };
    }
  }
  signal.throwIfAborted();
  invariant(finished !== undefined, "the pipeline stopped before its last step");
  const png = await encodeImage(finished.image, "png", { metadata: metadataOf(task, context, image, finished) });
  const { width, height } = finished.image;
  const scores = clip && (await editScores(clip, { input: image, output: finished.image, instruction: task.prompt }));
  yield { type: "output", png, width, height, sampler: finished.sampler, scores, notes: pipeline.notes.slice(known) };
}

/** Makes previews at named steps, or as often as they take a small part of the time. */
function previewPlan(previews: EditTask["previews"]) {
  const seldom = occasionally<Uint8Array>();
  return async (step: number, make: () => Promise<Uint8Array>): Promise<Uint8Array | undefined> => {
    if (previews === "auto") return await seldom(make);
    return previews !== "none" && previews.includes(step) ? await make() : undefined;
  };
}

async function jpegOf({ width, height, data }: Image): Promise<Uint8Array> {
  const small = sharp(data, { raw: { width, height, channels: 3 } });
  const fitted = small.resize(PREVIEW_SIDE, PREVIEW_SIDE, { fit: "inside", withoutEnlargement: true });
  return new Uint8Array(await fitted.jpeg({ quality: 75 }).toBuffer());
}

function metadataOf(
  task: EditTask,
  { pipeline, software, loras }: TaskContext,
  input: Image,
  { image, sampler }: { image: Image; sampler: SamplerName },
) {
  const facts: EditFacts = {
    software,
    instruction: task.prompt,
    settings: { ...task.settings, sampler },
    model: task.model,
    loras: loras.length > 0 ? loras : undefined,
    device: pipeline.device,
    input: { width: input.width, height: input.height, sha256: task.image.id },
    mask: task.mask && { sha256: task.mask.id },
    output: { width: image.width, height: image.height },
  };
  const tree = task.parent === undefined ? { edit: task.edit } : { edit: task.edit, parent: task.parent };
  return { parameters: infotextOf(facts), instructpix2pix: { ...recordOf(facts), ...tree } };
}
