/** Refusals in the words of each API. */

import type { ApiError } from "../http/api-error.ts";
import { json } from "../http/operation.ts";

/** OpenAI's form, which is ours as well: all four keys are always there. */
export function openAIError({ message, type, param, code }: ApiError): object {
  return { error: { message, type, param: param ?? null, code } };
}

/** The response for a refusal, in the form that clients of this path expect. */
export function errorResponse(error: ApiError, path: string): Response {
  const { status, message, retryAfter } = error;
  const headers: Record<string, string> =
    retryAfter === undefined ? { "x-should-retry": "false" } : { "retry-after": String(retryAfter) };
  if (path.startsWith("/sdapi/"))
    return json({ error: "HTTPException", detail: message, body: "", errors: message }, status, headers);
  if (path === "/hf" || path.startsWith("/models/")) return json({ error: message }, status, headers);
  return json(openAIError(error), status, headers);
}
