/** An edit as the events of OpenAI's image stream. */

import sharp from "sharp";
import type { ServerContext } from "../context.ts";
import { apiError } from "../http/api-error.ts";
import type { ServerSentEvent } from "../http/sse.ts";
import { expectSuccess } from "../jobs/attached.ts";
import type { OpenAIEdit } from "../requests/openai-edit.ts";
import type { Edit } from "../store/records.ts";
import { openAIError } from "./errors.ts";
import { base64Of, described, USAGE } from "./openai-picture.ts";

/** Ends with a picture or with an error. When the reader leaves, the edit is stopped. */
export async function* openAIEvents(
  edit: Edit,
  asked: OpenAIEdit,
  { context, signal }: { context: ServerContext; signal: AbortSignal },
): AsyncGenerator<ServerSentEvent, void> {
  const { jobs } = context;
  const created_at = Math.floor(Date.now() / 1000);
  let previews = 0;
  const write = (type: string, data: object): ServerSentEvent => ({ event: type, data: { type, ...data, created_at } });
  try {
    for await (const { event } of jobs.follow(edit.id, { signal })) {
      if (event.type === "progress" && asked.streamsProgress) {
        const { step, steps, eta_s } = event.data;
        yield write("image_edit.progress", { step, steps, eta: eta_s });
      }
      if (event.type === "preview") {
        const { b64_json, ...size } = await partialImage(event.data.jpeg, asked);
        yield write("image_edit.partial_image", {
          b64_json,
          ...described(size, asked),
          partial_image_index: previews++,
        });
      }
      if (event.type === "output") {
        const b64_json = await base64Of(event.data.id, asked, context);
        yield write("image_edit.completed", {
          b64_json,
          ...described(event.data, asked),
          seed: event.data.seed,
          usage: USAGE,
        });
      }
    }
    if (!signal.aborted) expectSuccess(await jobs.finished(edit));
  } catch (error) {
    yield { event: "error", data: openAIError(apiError(error)) };
  } finally {
    if (signal.aborted) await jobs.cancel(edit.id);
  }
}

async function partialImage(jpeg: Uint8Array, { format }: OpenAIEdit) {
  const { data, info } = await sharp(jpeg).toFormat(format).toBuffer({ resolveWithObject: true });
  return { b64_json: data.toString("base64"), width: info.width, height: info.height };
}
