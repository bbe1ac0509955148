/** One exchange with a server: stalls are noticed, an abort is heeded, the answer is read as it comes. */

import { HubError } from "../errors.ts";
import { PassingError } from "./retry.ts";

export interface ExchangeOptions {
  /** What is asked for, as messages call it. */
  readonly subject: string;
  /** A connection that delivers nothing for so long counts as broken. Milliseconds. */
  readonly stallMs: number;
  readonly signal?: AbortSignal;
}

/** A successful answer, its body read as it comes. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** The body's parts, once. @throws PassingError when the line breaks. */
  chunks(): AsyncGenerator<Uint8Array, void, undefined>;
}

/** An answer, and the address that gave it. */
export interface Answer {
  readonly response: Response;
  readonly at: URL;
}

/**
 * Sends a request and hands the answer to `read`; a stall or an abort interrupts both.
 *
 * @param send asks for the answer, and throws for one that is of no use
 * @throws PassingError when the line breaks or stalls, the signal's reason when aborted.
 */
export async function exchange<T>(
  url: URL,
  { subject, stallMs, signal }: ExchangeOptions,
  send: (signal: AbortSignal) => Promise<Answer>,
  read: (reply: Reply) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const stop = new AbortController();
  const abort = () => stop.abort(signal?.reason);
  const stall = () => stop.abort(new PassingError(`${subject}: ${url.host} sent nothing for ${stallMs / 1000} s`));
  let timer = setTimeout(stall, stallMs);
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(stall, stallMs);
  };
  signal?.addEventListener("abort", abort, { once: true });
  try {
    const { response, at } = await send(stop.signal);
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

interface Running {
  readonly subject: string;
  /** Fires for an abort of the caller and for a stall alike. */
  readonly signal: AbortSignal;
}

async function* readChunks(response: Response, url: URL, { subject, signal }: Running, alive: () => void) {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const part = await interruptible(reader.read(), signal).catch((error) => {
        throw brokenConnection(error, url, { subject, signal });
      });
      if (part.done) return;
      alive();
      yield part.value;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** A body that is text. */
export async function textOf(reply: Reply): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of reply.chunks()) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}

/** Node's `fetch` leaves a read pending for ever when it is aborted at the wrong moment; this never does. */
export function interruptible<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

/** What a network failure means, whether `fetch` failed or a body broke off. Node hides the reason in `cause`. */
export function brokenConnection(error: unknown, url: URL, { subject, signal }: Running): unknown {
  if (signal.aborted) return signal.reason;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : undefined;
  const reason = code ?? (cause instanceof Error ? cause.message : String(cause));
  const message = `${subject}: the connection to ${url.host} failed (${reason})`;
  return /CERT|SELF_SIGNED|ERR_TLS|UNABLE_TO_VERIFY/.test(code ?? "")
    ? new HubError(`${message}: its certificate is not trusted`, { retryable: false, cause: error })
    : new PassingError(message, { cause: error });
}
