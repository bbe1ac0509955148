/** Hugging Face's task `image-to-image`, as `@huggingface/inference` asks an endpoint for it. */

import { z } from "zod";
import { field } from "../../options/field.ts";
import type { ServerContext } from "../context.ts";
import { badRequest } from "../http/api-error.ts";
import type { Form } from "../http/form.ts";
import type { Call, Operations } from "../http/operation.ts";
import { editNow } from "../jobs/attached.ts";
import type { EditRequest } from "../jobs/jobs.ts";
import { deliver } from "../pictures/delivery.ts";
import type { Reshape } from "../pictures/intake.ts";
import { compatibleRequest, diffusersFields } from "../requests/compatible.ts";
import { modelOf } from "../requests/edit-request.ts";
import { parseFields } from "../requests/fields.ts";
import { bytesOf } from "../requests/picture.ts";
import { parseSize } from "../requests/result-size.ts";
import { types } from "../requests/settings.ts";

const parameterFields = z.strictObject({
  prompt: field(types.prompt(), { description: "the edit to make", group: "Required" }),
  target_size: field(z.strictObject({ width: z.int(), height: z.int() }).optional(), {
    description: "size of the result; default: the picture's own",
    group: "Common",
    expects: "{width, height}",
  }),
  ...diffusersFields,
});

const bodyFields = z.strictObject({
  inputs: field(z.string(), { description: "the picture in base64", group: "Required" }),
  parameters: field(parameterFields, {
    description: "the edit and its settings",
    group: "Required",
    expects: "an object",
  }),
});

/** Adds `/hf`, for the default model, and `/models/<name>`. */
export function addHuggingFace(operations: Operations, context: ServerContext): void {
  for (const path of ["/hf", "/models/{id+}"]) {
    operations.add(
      {
        api: "huggingface",
        method: "post",
        path,
        summary: "Edit a picture.",
        body: { kinds: ["json", "image"], fields: bodyFields },
        replies: { 200: { description: "the edited picture", type: "image/png" } },
      },
      (call) => edit(call, context),
    );
  }
}

async function edit({ form, params, signal }: Call, context: ServerContext): Promise<Response> {
  modelOf(params.id, context);
  context.jobs.expectRoom();
  const request = await form((body) => requestOf(body, params.id, context));
  const { outputs } = await editNow(context.jobs, request, signal);
  const png = await deliver(context.library, outputs[0].id);
  return new Response(new Uint8Array(png), {
    headers: { "content-type": "image/png", "x-seed": String(outputs[0].seed) },
  });
}

async function requestOf(
  { fields, files }: Form,
  model: string | undefined,
  context: ServerContext,
): Promise<EditRequest> {
  // A client without parameters sends the picture alone; an edit without an instruction is none.
  if (files.length > 0)
    throw badRequest("prompt is required: send {inputs, parameters: {prompt}}", { param: "prompt" });
  const { inputs, parameters } = fields;
  if (typeof inputs !== "string") throw badRequest("inputs is required: the picture in base64", { param: "inputs" });
  if (typeof parameters !== "object" || parameters === null || Array.isArray(parameters)) {
    throw badRequest("prompt is required: send it in parameters", { param: "parameters" });
  }
  const parsed = parseFields(parameterFields, { ...parameters });
  const image = await context.intake.image(bytesOf(inputs, "inputs"), { param: "inputs", reshape: reshapeOf(parsed) });
  return compatibleRequest({ source: "huggingface", prompt: parsed.prompt, model, image, fields: parsed }, context);
}

function reshapeOf({ target_size: size }: z.output<typeof parameterFields>): Reshape | undefined {
  return size === undefined ? undefined : parseSize(`${size.width}x${size.height}`);
}
