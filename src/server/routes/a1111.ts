/** The part of Stable Diffusion web UI's API that plug-ins of image editors use: `/sdapi/v1`. */

import { z } from "zod";
import { parseInfotext } from "../../image/infotext.ts";
import { readMetadata } from "../../image/metadata.node.ts";
import { field } from "../../options/field.ts";
import { SAMPLER_TITLES } from "../../options/sampler-titles.ts";
import type { ServerContext } from "../context.ts";
import { badRequest } from "../http/api-error.ts";
import { type Call, json, type Operations, type Reply } from "../http/operation.ts";
import { img2img, img2imgFields, img2imgRequest } from "../requests/a1111-edit.ts";
import { modelOf } from "../requests/edit-request.ts";
import { parseFields } from "../requests/fields.ts";
import { bytesOf } from "../requests/picture.ts";
import { A1111Tasks } from "./a1111-tasks.ts";

const ANSWER: Reply = { description: "as the web UI answers" };

const optionFields = z.strictObject({
  sd_model_checkpoint: field(z.string().optional(), { description: "the model of what follows", group: "Model" }),
});

const infoFields = z.strictObject({
  image: field(z.string(), { description: "a picture in base64", group: "Required" }),
});

const progressQuery = z.strictObject({
  skip_current_image: field(z.boolean().default(false), { description: "leave out the preview", group: "Output" }),
});

/** Adds the web UI's operations. */
export function addA1111(operations: Operations, context: ServerContext): void {
  const { models } = context;
  const tasks = new A1111Tasks(context);
  /** The model that was chosen last through /options. */
  let chosen = models.default.id;
  const path = (name: string) => `/sdapi/v1/${name}`;
  const get = (name: string, summary: string, answer: (call: Call) => unknown, query?: z.ZodObject) =>
    operations.add(
      { api: "a1111", method: "get", path: path(name), summary, query, replies: { 200: ANSWER } },
      (call) => json(answer(call)),
    );
  const post = (name: string, summary: string, fields: z.ZodObject, answer: (call: Call) => Promise<unknown>) =>
    operations.add(
      {
        api: "a1111",
        method: "post",
        path: path(name),
        summary,
        body: { kinds: ["json"], fields },
        replies: { 200: ANSWER },
      },
      async (call) => json(await answer(call)),
    );

  post("img2img", "Edit a picture.", img2imgFields, async ({ form, signal }) => {
    context.jobs.expectRoom();
    const { fields, request } = await form(async (body) => {
      const fields = img2img(body.fields);
      return { fields, request: await img2imgRequest(fields, chosen, context) };
    });
    return tasks.answer(request, fields, signal);
  });
  get(
    "progress",
    "How far the edit is that a client of this API waits for.",
    ({ query }) => tasks.progress(query(progressQuery).skip_current_image),
    progressQuery,
  );
  for (const name of ["interrupt", "skip"]) {
    operations.add(
      {
        api: "a1111",
        method: "post",
        path: path(name),
        summary: "Stop the edit that a client of this API waits for.",
        replies: { 200: ANSWER },
      },
      async () => json(await tasks.interrupt()),
    );
  }
  get("options", "The model that is used.", () => ({ sd_model_checkpoint: chosen, samples_format: "png" }));
  post("options", "Choose the model; other options are passed over.", optionFields, async ({ form }) => {
    const { sd_model_checkpoint: name } = await form(async ({ fields }) =>
      parseFields(optionFields, known(fields, optionFields)),
    );
    chosen = name === undefined ? chosen : modelOf(name, context).id;
    return {};
  });
  get("samplers", "The samplers.", () =>
    Object.entries(SAMPLER_TITLES).map(([id, name]) => ({ name, aliases: [id], options: {} })),
  );
  get("schedulers", "The schedulers.", () => [
    { name: "automatic", label: "Automatic", aliases: null, default_rho: -1, need_inner_model: false },
    { name: "karras", label: "Karras", aliases: null, default_rho: 7, need_inner_model: false },
  ]);
  get("sd-models", "The models.", () =>
    models.all.map(({ id }) => ({ title: id, model_name: id, hash: null, sha256: null, filename: id, config: null })),
  );
  get("cmd-flags", "Nothing that is known of the web UI's flags.", () => ({}));
  post("png-info", "How a picture says it was made.", infoFields, async ({ form }) => {
    const bytes = await form(async ({ fields }) =>
      bytesOf(parseFields(infoFields, known(fields, infoFields)).image, "image"),
    );
    return pngInfo(bytes);
  });
}

/** The web UI's clients send much that means nothing here. */
function known(fields: Readonly<Record<string, unknown>>, schema: z.ZodObject): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => Object.hasOwn(schema.shape, name)));
}

async function pngInfo(bytes: Uint8Array): Promise<object> {
  const { parameters: info = "" } = await readMetadata(bytes).catch((cause: Error) => {
    throw badRequest(cause.message, { param: "image", code: "invalid_image", cause });
  });
  const { prompt, negative, settings } = parseInfotext(info);
  const parsed = info === "" ? {} : { Prompt: prompt, "Negative prompt": negative ?? "", ...settings };
  return { info, items: info === "" ? {} : { parameters: info }, parameters: parsed };
}
