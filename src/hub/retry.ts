/** When a failed request is tried again, and how long to wait before: exponential backoff with jitter. */

import { HubError } from "../errors.ts";

export interface RetryPolicy {
  /** Failures in a row, without progress between them, before giving up. An integer >= 1. */
  readonly attempts: number;
  /** Wait after the first failure; doubles with every further one. Milliseconds, as are all times here. */
  readonly baseMs: number;
  /** Longest wait of our own choosing. */
  readonly capMs: number;
  /** Longest wait that a server's Retry-After can ask for. */
  readonly patienceMs: number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

export const RETRY: RetryPolicy = {
  attempts: 5,
  baseMs: 500,
  capMs: 20_000,
  patienceMs: 120_000,
  sleep,
  random: Math.random,
};

/** A failure that may pass by itself; `afterMs` is how long the server asked to be left alone. */
export class PassingError extends HubError {
  readonly afterMs: number | undefined;

  constructor(message: string, options: { afterMs?: number; status?: number; cause?: unknown } = {}) {
    super(message, { retryable: true, status: options.status, cause: options.cause });
    this.afterMs = options.afterMs;
  }
}

export interface RetryOptions {
  readonly policy: RetryPolicy;
  readonly signal?: AbortSignal;
  /** A count that grows while attempts get anywhere, such as bytes held; only a new maximum resets the failures. */
  readonly progress?: () => number;
}

/** Runs `attempt` until it succeeds, is aborted, fails for good, or has failed too often in a row. */
export async function withRetries<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { policy, signal, progress = () => 0 } = options;
  let best = progress();
  for (let failures = 1; ; failures += 1) {
    signal?.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof PassingError)) throw error;
      if (progress() > best) {
        best = progress();
        failures = 1;
      }
      if (failures >= policy.attempts) throw exhausted(error, failures);
      await policy.sleep(delay(policy, failures, error.afterMs), signal);
    }
  }
}

/** Milliseconds to wait after failure number `failures` (1, 2, …): half fixed, half random, never less than asked. */
export function delay(policy: RetryPolicy, failures: number, afterMs = 0): number {
  const backoff = Math.min(policy.capMs, policy.baseMs * 2 ** (failures - 1));
  return Math.max(backoff * (0.5 + 0.5 * policy.random()), Math.min(afterMs, policy.patienceMs));
}

/** Milliseconds that a Retry-After header asks for (RFC 9110 §10.2.3: seconds, or a date), undefined when unreadable. */
export function retryAfterMs(header: string | null, now = Date.now()): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function exhausted(error: PassingError, failures: number): HubError {
  const message = `${error.message} (tried ${failures} times). Run it again later: what has arrived is kept`;
  return new HubError(message, { retryable: true, status: error.status, cause: error });
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
