/** `POST /v1/images/edits`: its fields, and the edit that is made of them. */

import { z } from "zod";
import { field } from "../../options/field.ts";
import type { ServerContext } from "../context.ts";
import { badRequest } from "../http/api-error.ts";
import type { Form } from "../http/form.ts";
import type { EditRequest } from "../jobs/jobs.ts";
import type { DeliveryFormat } from "../pictures/delivery.ts";
import { compatibleRequest, diffusersFields, USUAL_STEPS } from "./compatible.ts";
import { modelOf } from "./edit-request.ts";
import { parseFields } from "./fields.ts";
import { bytesOf, type PictureSource } from "./picture.ts";
import { parseSize } from "./result-size.ts";
import { types } from "./settings.ts";

const reference = z.strictObject({ image_url: z.string().optional(), file_id: z.string().optional() });

/** In the order of OpenAI's reference; then what only this server knows. */
export const openAIFields = z.strictObject({
  prompt: field(types.prompt(), { description: "the edit to make", group: "Required" }),
  images: field(z.array(reference).max(16).optional(), {
    description: "in JSON: one {image_url} with a data: URL; in a form the file image",
    group: "Required",
    expects: "a list of {image_url}",
  }),
  mask: field(reference.optional(), {
    description: "transparent = edit, of the picture's size; in a form a file",
    group: "Common",
    expects: "{image_url}",
  }),
  model: field(z.string().optional(), { description: "one of GET /v1/models; default: the first", group: "Model" }),
  n: field(types.count().default(1), { description: "variants: seed, seed+1, …", group: "Common" }),
  size: field(z.string().default("auto"), {
    description: "WxH, cut to those proportions; auto = the picture's own",
    group: "Common",
  }),
  quality: field(z.enum(["auto", "standard", "low", "medium", "high"]).default("auto"), {
    description: "steps, where num_inference_steps is not given: low 10, medium 25, high 50",
    group: "Common",
  }),
  input_fidelity: field(z.enum(["high", "low"]).optional(), {
    description: "image guidance, where image_guidance_scale is not given: high 1.8, low 1.2",
    group: "Common",
  }),
  background: field(z.enum(["auto", "opaque", "transparent"]).default("auto"), {
    description: "not transparent",
    group: "Output",
  }),
  response_format: field(z.enum(["b64_json", "url"]).default("b64_json"), {
    description: "how pictures come",
    group: "Output",
  }),
  output_format: field(z.enum(["png", "jpeg", "webp"]).default("png"), {
    description: "format of pictures",
    group: "Output",
  }),
  output_compression: field(z.int().min(0).max(100).default(100), {
    description: "quality of JPEG and WebP",
    group: "Output",
  }),
  stream: field(z.boolean().default(false), { description: "answer with server-sent events", group: "Output" }),
  partial_images: field(z.int().min(0).max(3).default(0), { description: "previews in the stream", group: "Output" }),
  user: field(z.string().optional(), { description: "ignored", group: "Advanced" }),
  moderation: field(z.enum(["auto", "low"]).optional(), {
    description: "ignored: there is no content filter",
    group: "Advanced",
  }),
  ...diffusersFields,
  stream_progress: field(z.boolean().default(false), {
    description: "image_edit.progress events in the stream",
    group: "Advanced",
  }),
});

/** What an answer needs to know of the request. */
export interface OpenAIEdit {
  readonly request: EditRequest;
  readonly stream: boolean;
  readonly streamsProgress: boolean;
  readonly byUrl: boolean;
  readonly format: DeliveryFormat;
  /** 1 … 100. */
  readonly compression: number;
  readonly quality: "low" | "medium" | "high";
}

const STEPS = { low: 10, medium: USUAL_STEPS, high: 50, auto: USUAL_STEPS, standard: USUAL_STEPS } as const;
const FIDELITY = { high: 1.8, low: 1.2 } as const;

/** @throws ApiError 400 or 404 naming what is wrong */
export async function openAIEdit({ fields: named, files }: Form, context: ServerContext): Promise<OpenAIEdit> {
  const fields = parseFields(openAIFields, named);
  if (fields.background === "transparent")
    throw badRequest("background: transparent is not made here", { param: "background" });
  const reshape = parseSize(fields.size);
  modelOf(fields.model, context);
  const image = await context.intake.image(bytesOf(imageSource(fields, files), "image"), { reshape });
  const masks = files.filter(({ name }) => name === "mask").map(({ bytes }) => bytes);
  const mask = masks[0] ?? (fields.mask && referenced(fields.mask, "mask"));
  const steps = fields.num_inference_steps ?? STEPS[fields.quality];
  const fidelity = fields.input_fidelity && FIDELITY[fields.input_fidelity];
  const request = compatibleRequest(
    {
      source: "openai",
      prompt: fields.prompt,
      model: fields.model,
      count: fields.n,
      image,
      mask:
        mask &&
        (await context.intake.mask(bytesOf(mask, "mask"), { size: image, reads: "alpha", reshape: reshape && "crop" })),
      previews: fields.stream ? previewSteps(fields.partial_images, steps) : "none",
      fields: { ...fields, num_inference_steps: steps, image_guidance_scale: fields.image_guidance_scale ?? fidelity },
    },
    context,
  );
  return {
    request,
    stream: fields.stream,
    streamsProgress: fields.stream_progress,
    byUrl: fields.response_format === "url",
    format: fields.output_format,
    compression: Math.max(1, fields.output_compression),
    quality: steps <= STEPS.low ? "low" : steps < STEPS.high ? "medium" : "high",
  };
}

/** `count` steps that part the way evenly. */
function previewSteps(count: number, steps: number): number[] {
  const even = Array.from({ length: count }, (_, i) => Math.floor((steps * (i + 1)) / (count + 1)));
  return [...new Set(even)].filter((step) => step > 0);
}

/** Clients call the file `image`, `image[]` or `image[0]`. */
function imageSource({ images = [] }: { images?: z.output<typeof reference>[] }, files: Form["files"]): PictureSource {
  const stranger = files.find(({ name }) => name !== "mask" && !/^image(\[\d*\])?$/.test(name));
  if (stranger !== undefined) {
    throw badRequest(`there is no file "${stranger.name}" here, but image and mask`, {
      param: stranger.name,
      code: "unknown_parameter",
    });
  }
  const given = [...files.filter(({ name }) => name !== "mask").map(({ bytes }) => bytes), ...images];
  if (given.length === 0)
    throw badRequest("image is missing: the picture to edit", { param: "image", code: "missing_parameter" });
  if (given.length > 1) {
    throw badRequest(`${given.length} images; this model edits one at a time`, {
      param: "image",
      code: "too_many_images",
    });
  }
  const [first] = given;
  return first instanceof Uint8Array ? first : referenced(first, "images");
}

function referenced({ image_url: url, file_id: file }: z.output<typeof reference>, param: string): string {
  if (file !== undefined)
    throw badRequest(`${param}: there are no files here; send image_url with a data: URL`, {
      param,
      code: "file_not_found",
    });
  if (url === undefined) throw badRequest(`${param}: expected image_url`, { param, code: "missing_parameter" });
  return url;
}
