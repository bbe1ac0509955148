/** What models take on the disk, and whether they are whole. */

import { z } from "zod";
import { HubError } from "../../errors.ts";
import type { ServerContext } from "../context.ts";
import { ApiError } from "../http/api-error.ts";
import { json, type Operations } from "../http/operation.ts";
import { failureOf } from "../jobs/failure.ts";
import { modelOf, whichModel } from "../requests/edit-request.ts";
import { parseFields } from "../requests/fields.ts";

const filesView = z.object({
  model: z.string(),
  here: z.boolean().meta({ description: "whether it is on this machine; otherwise the first edit downloads it" }),
  title: z.string().nullable().meta({ description: "what it is" }),
  parameters: z.number().nullable(),
  bytes: z.number().nullable().meta({ description: "of its weight files" }),
});

const downloadView = z.object({
  model: z.string(),
  bytes: z.number().meta({ description: "that loading it would download; 0 when it is here" }),
  from: z.string().nullable().meta({ description: "the hub" }),
  license: z.string().nullable().meta({ description: "what the model comes under, as its card names it" }),
});

const verifiedView = z.object({
  model: z.string(),
  whole: z.boolean(),
  problem: z.string().nullable().meta({ description: "what is damaged" }),
  bytes: z.number().nullable().meta({ description: "of the weights that were read" }),
  hashed_bytes: z.number().nullable().meta({ description: "of those, in files whose hash is known" }),
});

/** Adds the operations on models' files. */
export function addModelFiles(operations: Operations, context: ServerContext): void {
  let isVerifying = false;
  operations.add(
    {
      api: "native",
      method: "get",
      path: "/api/v1/models/files",
      summary: "What a model takes on the disk.",
      query: whichModel,
      replies: { 200: { description: "its files", schema: filesView } },
    },
    async ({ query }) => {
      const { id, editor } = modelOf(query(whichModel).model, context);
      const unknown = { model: id, title: null, parameters: null, bytes: null };
      try {
        return json({ ...unknown, here: true, ...(await editor.files?.()) });
      } catch (error) {
        // A checkpoint that cannot be opened is there; loading it says what is wrong.
        return json({ ...unknown, here: !(error instanceof HubError) });
      }
    },
  );
  operations.add(
    {
      api: "native",
      method: "get",
      path: "/api/v1/models/download",
      summary: "What loading a model would download, asked of its hub.",
      query: whichModel,
      replies: { 200: { description: "how much, from where, under which licence", schema: downloadView } },
    },
    async ({ query }) => {
      const { id, editor } = modelOf(query(whichModel).model, context);
      const plan = await editor.download?.().catch((error) => {
        throw new ApiError(502, failureOf(error).message, { code: "hub_unavailable" });
      });
      return json({ model: id, bytes: plan?.bytes ?? 0, from: plan?.from ?? null, license: plan?.license ?? null });
    },
  );
  operations.add(
    {
      api: "native",
      method: "post",
      path: "/api/v1/models/verify",
      summary: "Read all weights of a model, and compare them with their hashes where those are known.",
      body: { kinds: ["json"], fields: whichModel },
      replies: { 200: { description: "whether it is whole", schema: verifiedView } },
    },
    async ({ form, signal }) => {
      const { model } = await form(async ({ fields }) => parseFields(whichModel, fields));
      const { id, editor } = modelOf(model, context);
      if (isVerifying)
        throw new ApiError(409, "a model is being verified; wait for it", { code: "verifying", retryAfter: 5 });
      isVerifying = true;
      const result = { model: id, whole: true, problem: null, bytes: null, hashed_bytes: null };
      try {
        const verified = await editor.verify?.(signal);
        return json(
          verified === undefined ? result : { ...result, bytes: verified.bytes, hashed_bytes: verified.hashedBytes },
        );
      } catch (error) {
        signal.throwIfAborted();
        return json({ ...result, whole: false, problem: failureOf(error).message });
      } finally {
        isVerifying = false;
      }
    },
  );
}
