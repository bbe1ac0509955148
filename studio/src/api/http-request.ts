/** One request to the server, and its refusals as errors for a person. */

import { sentence } from "../parts/format.ts";
import { BackendError } from "./backend.ts";

export interface Ask {
  readonly method?: "GET" | "POST" | "PATCH";
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly body?: Blob;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks the server. @throws BackendError when it does not answer, or refuses */
export async function ask(path: string, { method, json, body, headers = {} }: Ask = {}): Promise<Response> {
  const init: RequestInit = {
    method: method ?? (json === undefined && body === undefined ? "GET" : "POST"),
    headers: {
      ...(json === undefined ? {} : { "content-type": "application/json" }),
      ...(body === undefined ? {} : { "content-type": body.type === "" ? "application/octet-stream" : body.type }),
      ...headers,
    },
    body: json === undefined ? body : JSON.stringify(json),
  };
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (cause) {
    throw new BackendError("The server does not answer. Is it still running?", { code: "unreachable", cause });
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

/** The JSON of an answer. What it holds is the server's word, written down in `http-views.ts`. */
export async function askJson<Answer>(path: string, options?: Ask): Promise<Answer> {
  return (await ask(path, options)).json();
}

async function refusal(response: Response): Promise<BackendError> {
  const answer: unknown = await response.json().catch(() => null);
  const error = isRefusal(answer) ? answer.error : { message: `The server answered ${response.status}.`, code: null };
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  return new BackendError(sentence(error.message), {
    code: response.status === 401 ? "unauthorized" : (error.code ?? `http_${response.status}`),
    retryAfter: Number.isFinite(seconds) ? seconds : undefined,
  });
}

function isRefusal(answer: unknown): answer is { error: { message: string; code: string | null } } {
  const error = (answer as { error?: { message?: unknown } } | null)?.error;
  return typeof error?.message === "string";
}
