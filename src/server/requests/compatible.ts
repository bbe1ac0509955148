/** What the compatible endpoints share: settings under the names diffusers gave them, and the edit made of them. */

import { z } from "zod";
import { editSettings } from "../../options/edit.ts";
import { field } from "../../options/field.ts";
import { SAMPLER_NAMES } from "../../options/sampler-titles.ts";
import type { ServerContext } from "../context.ts";
import type { EditRequest } from "../jobs/jobs.ts";
import { checkWorkingSize, modelOf } from "./edit-request.ts";
import { settingsOf, types } from "./settings.ts";

export const diffusersFields = {
  num_inference_steps: field(types.steps().optional(), { description: "sampling steps", group: "Common" }),
  guidance_scale: field(types.guidance().optional(), {
    description: "how strongly to follow the instruction",
    group: "Common",
  }),
  image_guidance_scale: field(types.guidance().optional(), {
    description: "how strongly to keep the picture",
    group: "Common",
  }),
  seed: field(types.seed().optional(), { description: "seed of the noise; drawn when absent", group: "Common" }),
  negative_prompt: field(types.negative().optional(), { description: "text to steer away from", group: "Common" }),
  scheduler: field(z.enum(SAMPLER_NAMES).optional(), { description: "sampling method", group: "Common" }),
  resolution: field(types.resolution().optional(), {
    description: "long side to work at, or native = the picture's own",
    group: "Common",
    expects: "an integer from 64 to 4096 or native",
  }),
  strength: field(z.literal(1).optional(), {
    description: "1: an edit always begins with noise alone",
    group: "Advanced",
  }),
};

type DiffusersFields = z.output<z.ZodObject<typeof diffusersFields>>;

/** Most steps when nothing is said; compatible clients expect an answer soon. */
export const USUAL_STEPS = 25;

/** What an endpoint has read; settings that are absent get their defaults. */
export interface CompatibleEdit extends Pick<EditRequest, "source" | "prompt" | "image" | "mask"> {
  readonly model?: string;
  readonly count?: number;
  readonly previews?: EditRequest["previews"];
  readonly fields: DiffusersFields;
}

/** @throws ApiError 400 or 404 naming what cannot be */
export function compatibleRequest(edit: CompatibleEdit, context: ServerContext): EditRequest {
  const { source, prompt, image, mask, count = 1, previews = "none", fields } = edit;
  const { id, defaults } = modelOf(edit.model, context);
  const asked = {
    steps: fields.num_inference_steps ?? Math.min(USUAL_STEPS, defaults.steps),
    textGuidance: fields.guidance_scale,
    imageGuidance: fields.image_guidance_scale,
    seed: fields.seed,
    negative: fields.negative_prompt,
    sampler: fields.scheduler,
    resolution: fields.resolution,
  };
  const settings = settingsOf(editSettings.parse(asked), { count, defaults });
  if (image !== undefined) checkWorkingSize(image, settings);
  return { source, prompt, image, mask, count, previews, settings, model: id };
}
