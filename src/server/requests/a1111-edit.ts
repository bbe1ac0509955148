/** `POST /sdapi/v1/img2img` of Stable Diffusion web UI: the fields that mean something here, and the edit of them. */

import { z } from "zod";
import type { SamplerName } from "../../diffusion/samplers.ts";
import { field } from "../../options/field.ts";
import { SAMPLER_TITLES } from "../../options/sampler-titles.ts";
import type { ServerContext } from "../context.ts";
import { ApiError, badRequest } from "../http/api-error.ts";
import type { EditRequest } from "../jobs/jobs.ts";
import type { Reshape } from "../pictures/intake.ts";
import type { PictureRef } from "../store/records.ts";
import { compatibleRequest } from "./compatible.ts";
import { parseFields } from "./fields.ts";
import { bytesOf } from "./picture.ts";
import { fits, SIZE_RANGE } from "./result-size.ts";
import { types } from "./settings.ts";

const text = () => z.string().max(1000);

/** Defaults are the web UI's, but for the size: without one, the picture keeps its own. */
export const img2imgFields = z.strictObject({
  init_images: field(z.array(z.string()).default([]), {
    description: "one picture, in base64 or as a data: URL",
    group: "Required",
  }),
  prompt: field(types.prompt().default(""), { description: "the edit to make", group: "Required" }),
  negative_prompt: field(types.negative().default(""), { description: "text to steer away from", group: "Common" }),
  steps: field(types.steps().default(50), { description: "sampling steps", group: "Common" }),
  cfg_scale: field(types.guidance().default(7), {
    description: "how strongly to follow the instruction",
    group: "Common",
  }),
  image_cfg_scale: field(types.guidance().default(1.5), {
    description: "how strongly to keep the picture",
    group: "Common",
  }),
  denoising_strength: field(z.number().min(0).max(1).optional(), {
    description: "accepted, and 1 is used: an edit always begins with noise",
    group: "Advanced",
  }),
  seed: field(z.int().min(-1).default(-1), { description: "-1 draws one", group: "Common" }),
  batch_size: field(types.count().default(1), { description: "variants", group: "Common" }),
  n_iter: field(types.count().default(1), { description: "variants, times batch_size", group: "Common" }),
  width: field(z.int().optional(), { description: "of the result", group: "Image" }),
  height: field(z.int().optional(), { description: "of the result", group: "Image" }),
  resize_mode: field(z.int().min(0).max(3).default(0), { description: "0 stretch, 1 crop, 2 fill", group: "Image" }),
  mask: field(z.string().optional(), { description: "white = edit", group: "Image" }),
  mask_blur: field(z.number().min(0).max(64).default(4), { description: "in pixels", group: "Image" }),
  inpainting_mask_invert: field(z.union([z.int(), z.boolean()]).default(0), {
    description: "1: black = edit",
    group: "Image",
  }),
  sampler_name: field(text().optional(), { description: "title of a sampler, such as Euler a", group: "Common" }),
  sampler_index: field(text().optional(), { description: "the same", group: "Common" }),
  scheduler: field(text().optional(), { description: "Automatic or Karras", group: "Common" }),
  override_settings: field(z.looseObject({ sd_model_checkpoint: text().optional() }).default({}), {
    description: "sd_model_checkpoint chooses a model",
    group: "Model",
  }),
  send_images: field(z.boolean().default(true), {
    description: "whether the answer has the pictures",
    group: "Output",
  }),
  include_init_images: field(z.boolean().default(false), {
    description: "whether it repeats those of the request",
    group: "Output",
  }),
  force_task_id: field(text().optional(), { description: "what to call it in /progress", group: "Advanced" }),
});

export type Img2Img = z.output<typeof img2imgFields>;

const MODES = ["stretch", "crop", "fill", "stretch"] as const;

/** The fields of a body; what means nothing here is passed over, but for scripts, which would change the result. */
export function img2img(named: Readonly<Record<string, unknown>>): Img2Img {
  const { alwayson_scripts: scripts, script_name: script } = named;
  const asked = [...Object.keys(scripts ?? {}), ...(script ? [String(script)] : [])];
  if (asked.length > 0)
    throw new ApiError(422, `there are no scripts here: ${asked.join(", ")}`, { code: "no_scripts" });
  const known = Object.keys(img2imgFields.shape);
  return parseFields(img2imgFields, Object.fromEntries(Object.entries(named).filter(([name]) => known.includes(name))));
}

/** @throws ApiError 400, 404 or 422, as the web UI would */
export async function img2imgRequest(
  fields: Img2Img,
  model: string | undefined,
  context: ServerContext,
): Promise<EditRequest> {
  const [picture, ...others] = fields.init_images;
  if (picture === undefined)
    throw new ApiError(404, "Init image not found", { code: "image_not_found", param: "init_images" });
  if (others.length > 0) throw badRequest("init_images: one picture is edited at a time", { param: "init_images" });
  const count = fields.batch_size * fields.n_iter;
  if (count > context.limits.count)
    throw badRequest(`batch_size × n_iter is ${count}; at most ${context.limits.count} are made at once`);
  const scheduler = samplerOf(fields);
  const image = await context.intake.image(bytesOf(picture, "init_images"), {
    param: "init_images",
    reshape: reshapeOf(fields),
  });
  return compatibleRequest(
    {
      source: "a1111",
      prompt: fields.prompt,
      model: fields.override_settings.sd_model_checkpoint ?? model,
      count,
      previews: "auto",
      image,
      mask: fields.mask === undefined ? undefined : await maskOf(fields.mask, fields, { image, context }),
      fields: {
        num_inference_steps: fields.steps,
        guidance_scale: fields.cfg_scale,
        image_guidance_scale: fields.image_cfg_scale,
        negative_prompt: fields.negative_prompt,
        seed: fields.seed < 0 ? undefined : fields.seed,
        scheduler,
      },
    },
    context,
  );
}

function maskOf(
  source: string,
  fields: Img2Img,
  { image, context }: { image: PictureRef; context: ServerContext },
): Promise<PictureRef> {
  return context.intake.mask(bytesOf(source, "mask"), {
    size: image,
    reshape: MODES[fields.resize_mode],
    reads: "brightness",
    invert: Boolean(fields.inpainting_mask_invert),
    feather: fields.mask_blur,
  });
}

function reshapeOf({ width, height, resize_mode: mode }: Img2Img): Reshape | undefined {
  if (width === undefined && height === undefined) return undefined;
  const size = { width: width ?? 512, height: height ?? 512 };
  if (!fits(size)) throw badRequest(`width and height: ${SIZE_RANGE} a side`, { param: "width", code: "invalid_size" });
  return { ...size, mode: MODES[mode] };
}

/** "DPM++ 2M" with the scheduler "Karras" is "DPM++ 2M Karras". */
function samplerOf({ sampler_name: name, sampler_index: index, scheduler = "" }: Img2Img): SamplerName | undefined {
  const title = name ?? index;
  if (title === undefined || title === "") return undefined;
  const wanted = [title, `${title} ${scheduler}`].map((each) => each.trim().toLowerCase());
  const samplers = Object.entries(SAMPLER_TITLES) as [SamplerName, string][];
  const [best] = samplers.filter(([id, each]) => wanted.includes(each.toLowerCase()) || id === wanted[0]).reverse();
  if (best === undefined)
    throw new ApiError(404, `Sampler not found: ${title}`, { code: "sampler_not_found", param: "sampler_name" });
  return best[0];
}
