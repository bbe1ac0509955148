/** One request to the hub: redirects without leaking the token, stalls noticed, every failure said in plain words. */

import { HubError } from "../errors.ts";
import { PassingError, type RetryPolicy, retryAfterMs } from "./retry.ts";
import type { HubSettings } from "./settings.node.ts";

export type Fetch = typeof globalThis.fetch;

export interface Connection extends HubSettings {
  readonly fetch: Fetch;
  readonly retry: RetryPolicy;
  /** A connection that delivers nothing for so long counts as broken. Milliseconds. */
  readonly stallMs: number;
}

export interface RequestOptions {
  /** What is asked for, as messages call it: `org/name@main`. */
  readonly subject: string;
  /** First byte to send; 0 asks for everything. */
  readonly from?: number;
  readonly signal?: AbortSignal;
}

/** A successful answer, its body read as it comes. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** The body's parts, once. @throws PassingError when the line breaks. */
  chunks(): AsyncGenerator<Uint8Array, void, undefined>;
}

const MAX_REDIRECTS = 5;

/**
 * Makes a request and hands the answer to `read`; a stall or an abort interrupts both. Node's `fetch` shows redirects
 * (browsers hide them), and they are followed here so that the token goes to the hub's own origin and nowhere else.
 * @throws PassingError for what may succeed later, HubError for the rest, the signal's reason when aborted.
 */
export async function request<T>(
  hub: Connection,
  url: URL,
  options: RequestOptions,
  read: (reply: Reply) => Promise<T>,
): Promise<T> {
  const { subject, signal } = options;
  signal?.throwIfAborted();
  const stop = new AbortController();
  const abort = () => stop.abort(signal?.reason);
  const stall = () => stop.abort(new PassingError(`${subject}: ${url.host} sent nothing for ${hub.stallMs / 1000} s`));
  let timer = setTimeout(stall, hub.stallMs);
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(stall, hub.stallMs);
  };
  signal?.addEventListener("abort", abort, { once: true });
  try {
    const { response, at } = await follow(hub, url, { ...options, signal: stop.signal });
    const chunks = () => readChunks(response, at, { subject, signal: stop.signal }, alive);
    return await read({ status: response.status, headers: response.headers, chunks });
  } catch (error) {
    stop.abort(error); // closes a connection whose body nobody will read
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

async function* readChunks(response: Response, url: URL, { subject, signal }: Running, alive: () => void) {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const part = await interruptible(reader.read(), signal).catch((error) => {
        throw brokenConnection(error, subject, url, signal);
      });
      if (part.done) return;
      alive();
      yield part.value;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** Node's `fetch` leaves a read pending for ever when it is aborted at the wrong moment; this never does. */
function interruptible<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

/** A request under way: its signal stops it for an abort of the caller and for a stall alike. */
interface Running extends RequestOptions {
  readonly signal: AbortSignal;
}

async function follow(hub: Connection, url: URL, options: Running): Promise<{ response: Response; at: URL }> {
  let at = url;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const response = await send(hub, at, options);
    if (![301, 302, 303, 307, 308].includes(response.status)) {
      if (response.ok) return { response, at };
      throw refusal(hub, at, response, options);
    }
    response.body?.cancel().catch(() => {});
    at = redirectTarget(at, response.headers.get("location"), options.subject);
  }
  throw new HubError(`${options.subject}: more than ${MAX_REDIRECTS} redirects`, { retryable: false });
}

async function send(hub: Connection, url: URL, options: Running): Promise<Response> {
  const headers = new Headers({ "user-agent": "instruct-pix2pix", "accept-encoding": "identity" });
  if (options.from !== undefined && options.from > 0) headers.set("range", `bytes=${options.from}-`);
  if (hub.token !== undefined && url.origin === hub.endpoint.origin)
    headers.set("authorization", `Bearer ${hub.token.value}`);
  try {
    const sent = hub.fetch(url, { headers, redirect: "manual", signal: options.signal });
    return await interruptible(sent, options.signal);
  } catch (error) {
    throw brokenConnection(error, options.subject, url, options.signal);
  }
}

function redirectTarget(from: URL, location: string | null, subject: string): URL {
  const to = location !== null && URL.canParse(location, from) ? new URL(location, from) : undefined;
  const allowed = from.protocol === "https:" ? ["https:"] : ["http:", "https:"];
  if (to === undefined || !allowed.includes(to.protocol))
    throw new HubError(`${subject}: ${from.host} redirects to an address that cannot be followed`, {
      retryable: false,
    });
  return to;
}

/** What a network failure means, whether `fetch` failed or a body broke off. Node hides the reason in `cause`. */
function brokenConnection(error: unknown, subject: string, url: URL, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : undefined;
  const reason = code ?? (cause instanceof Error ? cause.message : String(cause));
  const message = `${subject}: the connection to ${url.host} failed (${reason})`;
  return /CERT|SELF_SIGNED|ERR_TLS|UNABLE_TO_VERIFY/.test(code ?? "")
    ? new HubError(`${message}: its certificate is not trusted`, { retryable: false, cause: error })
    : new PassingError(message, { cause: error });
}

/** Turns an answer that is no success into an error that says what to do. The hub explains itself in X-Error headers. */
function refusal(hub: Connection, url: URL, response: Response, { subject }: RequestOptions): HubError {
  const { status, headers } = response;
  const answer = `${url.host} answered ${status}${response.statusText === "" ? "" : ` ${response.statusText}`}`;
  // A storage host refuses when the address it was given has expired; asking the hub again yields a fresh one.
  const expired = status === 403 && url.origin !== hub.endpoint.origin;
  if (status === 408 || status === 429 || status >= 500 || expired)
    return new PassingError(`${subject}: ${answer}`, { status, afterMs: retryAfterMs(headers.get("retry-after")) });
  const advice = url.origin === hub.endpoint.origin ? adviceFor(hub, status, headers.get("x-error-code")) : undefined;
  const said = (headers.get("x-error-message") ?? "").slice(0, 200);
  const message = `${subject}: ${answer}${said === "" ? "" : ` (${said})`}${advice === undefined ? "" : `. ${advice}`}`;
  return new HubError(hub.token === undefined ? message : message.replaceAll(hub.token.value, "…"), {
    retryable: false,
    status,
  });
}

function adviceFor(hub: Connection, status: number, code: string | null): string | undefined {
  const token =
    hub.token === undefined
      ? `No token was sent: none in ${hub.tokenPlaces}`
      : `The token from ${hub.token.source} was sent (one that has expired is refused for public models too)`;
  if (code === "GatedRepo")
    return `The model is gated: accept its terms on its page at ${hub.endpoint.origin} and use a token of that account. ${token}`;
  if (code === "RevisionNotFound") return "The model exists, but has no such branch, tag or commit";
  if (code === "EntryNotFound") return "The model has no such file at this revision";
  if (status === 401 || status === 404)
    return `There is no such model on ${hub.endpoint.host}, or it is private and needs a token that may read it. ${token}. Did you mean a local folder? There is none of that name here`;
  if (status === 403) return `The token that was sent may not read it. ${token}`;
  return undefined;
}
