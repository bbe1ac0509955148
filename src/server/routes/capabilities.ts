/** What this server can do, in data from which a user interface can build its controls; and its models. */

import { z } from "zod";
import { fieldsOf } from "../../options/field.ts";
import { SAMPLER_TITLES } from "../../options/sampler-titles.ts";
import type { ServerContext } from "../context.ts";
import type { Model } from "../engine/models.ts";
import { json, type Operations } from "../http/operation.ts";
import { failureOf } from "../jobs/failure.ts";
import { modelOf, whichModel } from "../requests/edit-request.ts";
import { parseFields } from "../requests/fields.ts";
import { httpSettings } from "../requests/settings.ts";

const modelView = z.object({
  id: z.string(),
  default: z.boolean(),
  state: z.enum(["idle", "loading", "ready", "failed"]),
  loading: z
    .object({
      phase: z.string(),
      file: z.string().optional(),
      received: z.number().optional(),
      total: z.number().optional(),
    })
    .nullable()
    .meta({ description: "how far; bytes in the phase `download`" }),
  device: z.string().nullable(),
  notes: z.array(z.string()),
  defaults: z
    .object({
      steps: z.int(),
      textGuidance: z.number(),
      imageGuidance: z.number(),
      resolution: z.union([z.int(), z.literal("native")]),
      keepBelow: z.number(),
    })
    .meta({ description: "for what an edit is not told" }),
  error: z.string().nullable(),
});

const capabilitiesView = z.object({
  software: z.string(),
  settings: z
    .array(z.record(z.string(), z.unknown()))
    .meta({ description: "every setting: key, kind, range, default, choices, slider" }),
  samplers: z.array(z.object({ name: z.string(), title: z.string() })),
  limits: z.record(z.string(), z.number()),
  queue: z.object({ capacity: z.int() }),
  formats: z.array(z.string()),
  models: z.array(modelView),
});

/** Adds what describes the server. */
export function addCapabilities(operations: Operations, context: ServerContext): void {
  const { models } = context;
  const settings = fieldsOf(httpSettings);
  operations.add(
    {
      api: "native",
      method: "get",
      path: "/api/v1/capabilities",
      summary: "What this server can do.",
      replies: { 200: { description: "capabilities", schema: capabilitiesView } },
    },
    () =>
      json({
        software: context.software,
        settings,
        samplers: Object.entries(SAMPLER_TITLES).map(([name, title]) => ({ name, title })),
        limits: context.limits,
        queue: { capacity: context.jobs.capacity },
        formats: ["png", "jpeg", "webp"],
        models: models.all.map((model) => viewModel(model, context)),
      }),
  );
  operations.add(
    {
      api: "native",
      method: "get",
      path: "/api/v1/models",
      summary: "The models and how they fare.",
      replies: { 200: { description: "models", schema: z.object({ models: z.array(modelView) }) } },
    },
    () => json({ models: models.all.map((model) => viewModel(model, context)) }),
  );
  operations.add(
    {
      api: "native",
      method: "post",
      path: "/api/v1/models/load",
      summary: "Load a model now, downloading it if need be.",
      body: { kinds: ["json"], fields: whichModel },
      replies: { 202: { description: "the model", schema: modelView } },
    },
    async ({ form }) => {
      const { model: name } = await form(async ({ fields }) => parseFields(whichModel, fields));
      const model = modelOf(name, context);
      model.begin((error) => context.log("error", "a model was not loaded", { model: model.id, error }));
      return json(viewModel(model, context), 202);
    },
  );
}

function viewModel(model: Model, { models }: ServerContext): z.output<typeof modelView> {
  const { id, state, loading = null, info, error, defaults } = model;
  return {
    id,
    default: model === models.default,
    state,
    loading,
    device: info?.device ?? null,
    notes: [...(info?.notes ?? [])],
    defaults,
    error: error === undefined ? null : failureOf(error).message,
  };
}
