/** One request to the hub: redirects without leaking the token, stalls noticed, every failure said in plain words. */

import { HubError } from "../errors.ts";
import { type Answer, brokenConnection, exchange, interruptible, type Reply, textOf } from "./exchange.ts";
import type { Hub } from "./repository.ts";
import { PassingError, type RetryPolicy, retryAfterMs, withRetries } from "./retry.ts";
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

const MAX_REDIRECTS = 5;

/**
 * Makes a request and hands the answer to `read`; a stall or an abort interrupts both. Node's `fetch` shows redirects
 * (browsers hide them), and they are followed here so that the token goes to the hub's own origin and nowhere else.
 * @throws PassingError for what may succeed later, HubError for the rest, the signal's reason when aborted.
 */
export function request<T>(
  hub: Connection,
  url: URL,
  options: RequestOptions,
  read: (reply: Reply) => Promise<T>,
): Promise<T> {
  const { subject, signal } = options;
  const send = (signal: AbortSignal) => follow(hub, url, { ...options, signal });
  return exchange(url, { subject, stallMs: hub.stallMs, signal }, send, read);
}

/** The hub at the other end, to be asked for texts. */
export function hubOver(connection: Connection): Hub {
  return {
    endpoint: connection.endpoint,
    ask(url, { subject, signal }) {
      const attempt = () =>
        request(connection, url, { subject, signal }, async (reply) => ({
          text: await textOf(reply),
          link: reply.headers.get("link"),
        }));
      return withRetries(attempt, { policy: connection.retry, signal });
    },
  };
}

/** A request under way: its signal stops it for an abort of the caller and for a stall alike. */
interface Running extends RequestOptions {
  readonly signal: AbortSignal;
}

async function follow(hub: Connection, url: URL, options: Running): Promise<Answer> {
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
    throw brokenConnection(error, url, options);
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
