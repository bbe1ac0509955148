/** Asking a server for a file, as a page can: redirects are the browser's affair, every refusal is said in plain words. */

import { CheckpointError, HubError } from "../errors.ts";
import { brokenConnection, type ExchangeOptions, exchange, interruptible, type Reply } from "./exchange.ts";
import { PassingError, retryAfterMs } from "./retry.ts";

export interface FileRequest extends ExchangeOptions {
  /** `HEAD` asks what a `GET` would be answered, without the body. Default `GET`. */
  readonly method?: "GET" | "HEAD";
  /** The first byte wanted and the last. Servers that know no ranges send everything. */
  readonly range?: { readonly from: number; readonly last?: number };
  /** Access token for the server. */
  readonly token?: string;
  /** `no-cache`: the browser's own copy will do when the server says that it still holds. Default `no-store`. */
  readonly cache?: "no-cache" | "no-store";
}

/**
 * Makes a request and hands the answer to `read`.
 *
 * @throws PassingError for what may succeed later, HubError for the rest, CheckpointError for a web page in place of a
 * file, the signal's reason when aborted.
 */
export function requestFile<T>(url: URL, request: FileRequest, read: (reply: Reply) => Promise<T>): Promise<T> {
  return exchange(url, request, (signal) => send(url, { ...request, signal }), read);
}

async function send(url: URL, request: FileRequest & { readonly signal: AbortSignal }) {
  const { subject, signal, method = "GET", range, token, cache = "no-store" } = request;
  // A server that is asked for a range does not compress, so lengths are those of the file.
  const headers = {
    ...(range && { range: `bytes=${range.from}-${range.last ?? ""}` }),
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  const options = { method, headers, signal, cache };
  const response = await interruptible(fetch(url, options), signal).catch((error) => {
    throw brokenConnection(error, url, request);
  });
  if (!response.ok) throw refusal(url, response, subject);
  if (/^text\/html\b/i.test(response.headers.get("content-type") ?? "")) {
    throw new CheckpointError(
      `${subject}: ${url.host} sent a web page in place of the file. Is the address right? Some servers send a page of ` +
        "their own for whatever they do not have",
    );
  }
  return { response, at: url };
}

function refusal(url: URL, { status, statusText, headers }: Response, subject: string): HubError {
  const answer = `${subject}: ${url.host} answered ${status}${statusText === "" ? "" : ` ${statusText}`}`;
  if (status === 408 || status === 429 || status >= 500)
    return new PassingError(answer, { status, afterMs: retryAfterMs(headers.get("retry-after")) });
  const said = (headers.get("x-error-message") ?? "").slice(0, 200);
  const advice = status === 401 || status === 403 ? ". It may want an access token: see the option hub" : "";
  return new HubError(`${answer}${said === "" ? "" : ` (${said})`}${advice}`, { retryable: false, status });
}

/** Bytes of the whole file, as far as the answer says: a part names the whole, and a body has a length. */
export function wholeLength({ status, headers }: Reply): number | undefined {
  const whole = /^bytes \d+-\d+\/(\d+)$/.exec(headers.get("content-range") ?? "")?.[1];
  const length = whole ?? (status === 206 ? null : headers.get("content-length"));
  return length === null ? undefined : Number(length);
}

/** What tells one content of an address from the next: its ETag, weak or strong, or else when it was changed. */
export function contentVersion(headers: Headers): string | undefined {
  return headers.get("etag")?.replace(/^W\//, "") ?? headers.get("last-modified") ?? undefined;
}
