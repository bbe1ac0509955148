/** `POST /api/v1/edits`: what it takes, and the edit that is made of it. */

import { createHash } from "node:crypto";
import { z } from "zod";
import { stretchSize } from "../../image/fit.ts";
import { field } from "../../options/field.ts";
import type { ServerContext } from "../context.ts";
import type { Model } from "../engine/models.ts";
import { ApiError, badRequest } from "../http/api-error.ts";
import type { Form } from "../http/form.ts";
import type { EditRequest } from "../jobs/jobs.ts";
import { LIMITS } from "../limits.ts";
import type { Size } from "../pictures/intake.ts";
import { type Edit, isFinished, type PictureRef } from "../store/records.ts";
import { parseFields } from "./fields.ts";
import { bytesOf, isPictureId, type PictureSource, storedPicture } from "./picture.ts";
import { httpSettings, settingsOf, types } from "./settings.ts";

/** Everything an edit may be told. */
export const editFields = z.strictObject({
  prompt: field(types.prompt(), { description: "the edit to make; its first 75 tokens are read", group: "Required" }),
  image: field(z.string().optional(), {
    description: "id of an uploaded picture, or a data: URL of one; in a form the file; absent: the parent's result",
    group: "Required",
  }),
  mask: field(z.string().optional(), {
    description: "picture of the same size that says where to edit: transparent or white = edit",
    group: "Image",
  }),
  parent: field(z.string().optional(), { description: "edit whose result this one starts from", group: "Common" }),
  session: field(z.string().optional(), {
    description: "session it belongs to; default: the parent's",
    group: "Common",
  }),
  model: field(z.string().optional(), { description: "model, of those the server has", group: "Model" }),
  count: field(types.count().default(1), {
    description: "variants: seed, seed+1, …",
    group: "Common",
    aliases: ["n", "num-images-per-prompt"],
  }),
  previews: field(z.enum(["auto", "none"]).default("auto"), {
    description: "whether previews are made",
    group: "Output",
  }),
  front: field(z.boolean().default(false), { description: "wait in front of the queue", group: "Common" }),
  ...httpSettings.shape,
});

export type EditFields = z.output<typeof editFields>;

/**
 * Reads a form into an edit; pictures in it are stored.
 * @throws ApiError 400, 404 or 409 naming what is wrong
 */
export async function editRequest(
  form: Form,
  context: ServerContext,
): Promise<{ request: EditRequest; front: boolean }> {
  const fields = parseFields(editFields, form.fields);
  const source = sources(form, fields);
  const { id: model, defaults } = modelOf(fields.model, context);
  const parent = parentOf(fields.parent, context);
  const settings = settingsOf(fields, { count: fields.count, defaults });
  const image = await imageOf(source.image, parent, context);
  const size = image ?? sizeAfter(parent, context);
  if (size !== undefined) checkWorkingSize(size, settings);
  const mask = source.mask === undefined ? undefined : await maskOf(source.mask, { size, fields, context });
  const { prompt, count, previews, front } = fields;
  const session = sessionOf(fields.session ?? parent?.session, context);
  const request = {
    source: "jobs",
    prompt,
    model,
    settings,
    count,
    previews,
    session,
    parent: parent?.id,
    image,
    mask,
  } as const;
  return { request, front };
}

/** A hash by which a repeated request is known, whatever its form's delimiters. */
export function fingerprint({ fields, files }: Form): string {
  const hash = createHash("sha256").update(JSON.stringify(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1))));
  for (const { name, bytes } of files) hash.update(`${name} ${bytes.length}\n`).update(bytes);
  return hash.digest("hex");
}

/** A request about a model. */
export const whichModel = z.strictObject({
  model: field(z.string().optional(), { description: "which; default: the first", group: "Model" }),
});

/** @throws ApiError 404 for a model that is not there */
export function modelOf(name: string | undefined, { models }: Pick<ServerContext, "models">): Model {
  const model = models.find(name);
  if (model !== undefined) return model;
  const there = models.all.map(({ id }) => id).join(", ");
  throw new ApiError(404, `there is no model "${name}"; there is ${there}`, {
    code: "model_not_found",
    param: "model",
  });
}

/** @throws ApiError 400 when a picture of this size would be edited at more pixels than the server can bear */
export function checkWorkingSize(
  size: Size,
  { resolution, restore }: Pick<Edit["settings"], "resolution" | "restore">,
): void {
  if (restore === false && resolution === "native" && Math.min(size.width, size.height) < 8) {
    throw badRequest("without restoring, a picture edited at its own size needs 8 pixels a side", { param: "image" });
  }
  const working = resolution === "native" ? size : stretchSize(size, resolution);
  if (working.width * working.height <= LIMITS.workingPixels) return;
  const most = Math.sqrt(LIMITS.workingPixels);
  throw badRequest(
    `the picture would be edited at ${working.width} × ${working.height} pixels; at most ${most} × ${most} are: lower the resolution`,
    { param: "resolution" },
  );
}

function sources({ files }: Form, fields: EditFields): { image?: PictureSource; mask?: PictureSource } {
  const found: { image?: PictureSource; mask?: PictureSource } = { image: fields.image, mask: fields.mask };
  for (const { name, bytes } of files) {
    if (name !== "image" && name !== "mask") {
      throw badRequest(`there is no file "${name}" here, but image and mask`, {
        param: name,
        code: "unknown_parameter",
      });
    }
    if (found[name] !== undefined) throw badRequest(`${name} is given twice`, { param: name });
    found[name] = bytes;
  }
  return found;
}

function parentOf(id: string | undefined, { library }: ServerContext): Edit | undefined {
  if (id === undefined) return undefined;
  const parent = library.edits.get(id);
  if (parent === undefined)
    throw badRequest(`parent: there is no edit ${id}`, { param: "parent", code: "edit_not_found" });
  return parent;
}

async function imageOf(
  source: PictureSource | undefined,
  parent: Edit | undefined,
  context: ServerContext,
): Promise<PictureRef | undefined> {
  if (source === undefined) return resultOf(parent);
  const image = isPictureId(source)
    ? storedPicture(source, context, "image")
    : await context.intake.image(bytesOf(source, "image"));
  if (parent === undefined || parent.outputs.some(({ id }) => id === image.id)) return image;
  throw badRequest("image: the picture is no result of the parent", { param: "image", code: "not_of_parent" });
}

/** The picture an edit hands on; undefined as long as it is not finished. */
function resultOf(parent: Edit | undefined): PictureRef | undefined {
  if (parent === undefined)
    throw badRequest("image: give a picture, or a parent", { param: "image", code: "missing_parameter" });
  if (!isFinished(parent)) return undefined;
  const [result] = parent.outputs;
  if (parent.status === "succeeded" && result !== undefined)
    return { id: result.id, width: result.width, height: result.height };
  throw new ApiError(409, `the parent has no result: it is ${parent.status}`, {
    code: "parent_failed",
    param: "parent",
  });
}

/** The size of the picture that an unfinished edit will have made, if that can be told. */
function sizeAfter(edit: Edit | undefined, context: ServerContext): Size | undefined {
  if (edit === undefined || !edit.settings.restore) return undefined;
  if (edit.image !== undefined) return edit.image;
  return sizeAfter(edit.parent === undefined ? undefined : context.library.edits.get(edit.parent), context);
}

async function maskOf(
  source: PictureSource,
  { size, fields, context }: { size: Size | undefined; fields: Pick<EditFields, "restore">; context: ServerContext },
): Promise<PictureRef> {
  if (!fields.restore || size === undefined) {
    throw badRequest("mask: needs the result in the picture's size, so restore has to be on", { param: "mask" });
  }
  if (!isPictureId(source)) return context.intake.mask(bytesOf(source, "mask"), { size });
  const mask = storedPicture(source, context, "mask");
  if (mask.width === size.width && mask.height === size.height) return mask;
  throw badRequest(
    `the mask is ${mask.width} × ${mask.height} pixels, the image ${size.width} × ${size.height}: they must be of one size`,
    { param: "mask", code: "invalid_mask" },
  );
}

function sessionOf(id: string | undefined, { library }: ServerContext): string | undefined {
  if (id === undefined || library.sessions.has(id)) return id;
  throw badRequest(`session: there is no session ${id}`, { param: "session", code: "session_not_found" });
}
