/** OpenAI's image API, as its own clients speak it: edits, streamed or not, and the list of models. */

import { z } from "zod";
import type { ServerContext } from "../context.ts";
import { badRequest, notFound } from "../http/api-error.ts";
import { type Call, json, type Operations } from "../http/operation.ts";
import { eventStream } from "../http/sse.ts";
import { editNow } from "../jobs/attached.ts";
import { type OpenAIEdit, openAIEdit, openAIFields } from "../requests/openai-edit.ts";
import type { Edit, Output } from "../store/records.ts";
import { openAIEvents } from "./openai-events.ts";
import { base64Of, described, USAGE } from "./openai-picture.ts";

const modelView = z.object({ id: z.string(), object: z.literal("model"), created: z.int(), owned_by: z.string() });

const imagesView = z.object({
  created: z.int(),
  data: z.array(
    z.object({
      b64_json: z.string().optional(),
      url: z.string().optional(),
      seed: z.int(),
      settings: z.record(z.string(), z.unknown()),
    }),
  ),
  background: z.string(),
  output_format: z.string(),
  size: z.string(),
  quality: z.string(),
  usage: z.record(z.string(), z.unknown()),
});

/** Adds OpenAI's operations. */
export function addOpenAI(operations: Operations, context: ServerContext): void {
  const { models } = context;
  const started = Math.floor(Date.now() / 1000);
  const view = (id: string) => ({ id, object: "model", created: started, owned_by: "local" }) as const;

  operations.add(
    {
      api: "openai",
      method: "post",
      path: "/v1/images/edits",
      summary: "Edit a picture.",
      body: { kinds: ["multipart", "json"], fields: openAIFields, files: ["image", "mask"] },
      replies: { 200: { description: "pictures; events with stream", schema: imagesView } },
    },
    (call) => edit(call, context),
  );
  operations.add(
    {
      api: "openai",
      method: "post",
      path: "/v1/images/generations",
      summary: "Refused: this model edits.",
      replies: {},
    },
    () => {
      throw badRequest("this model edits pictures, it makes none from words alone: use POST /v1/images/edits", {
        code: "unsupported_operation",
      });
    },
  );
  operations.add(
    {
      api: "openai",
      method: "get",
      path: "/v1/models",
      summary: "The models.",
      replies: {
        200: { description: "models", schema: z.object({ object: z.literal("list"), data: z.array(modelView) }) },
      },
    },
    () => json({ object: "list", data: models.all.map(({ id }) => view(id)) }),
  );
  operations.add(
    {
      api: "openai",
      method: "get",
      path: "/v1/models/{id+}",
      summary: "One model.",
      replies: { 200: { description: "the model", schema: modelView } },
    },
    ({ params }) => {
      const model = models.find(params.id);
      if (model === undefined) throw notFound("model of this name", "model_not_found");
      return json(view(model.id));
    },
  );
}

async function edit({ form, signal, request }: Call, context: ServerContext): Promise<Response> {
  context.jobs.expectRoom();
  const asked = await form((body) => openAIEdit(body, context));
  if (asked.stream) {
    const [accepted] = await context.jobs.submit([asked.request]);
    return eventStream((gone) => openAIEvents(accepted, asked, { context, signal: gone }), context.limits);
  }
  const finished = await editNow(context.jobs, asked.request, signal);
  const origin = new URL(request.url).origin;
  const data = await Promise.all(
    finished.outputs.map((output) => item(output, { edit: finished, asked, context, origin })),
  );
  const headers = { "x-seed": String(finished.settings.seed) };
  return json(
    { created: Math.floor(Date.now() / 1000), data, ...described(finished.outputs[0], asked), usage: USAGE },
    200,
    headers,
  );
}

interface ItemContext {
  readonly edit: Edit;
  readonly asked: OpenAIEdit;
  readonly context: ServerContext;
  readonly origin: string;
}

async function item(output: Output, { edit, asked, context, origin }: ItemContext): Promise<object> {
  const settings = { ...edit.settings, seed: output.seed, sampler: output.sampler };
  const told = { seed: output.seed, settings };
  if (asked.byUrl) return { url: `${origin}/api/v1/images/${output.id}?format=${asked.format}`, ...told };
  return { b64_json: await base64Of(output.id, asked, context), ...told };
}
