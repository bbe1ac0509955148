/** Server-sent events (WHATWG HTML, § 9.2): a response that goes on. */

export interface ServerSentEvent {
  readonly id?: string;
  readonly event: string;
  /** Written as JSON. */
  readonly data: unknown;
}

const encoder = new TextEncoder();

/**
 * A response that writes events as they come, and comments while none come so that nobody in between closes the
 * connection. Events are asked for one by one as the client takes them; the signal fires when it has left.
 */
export function eventStream(
  events: (signal: AbortSignal) => AsyncGenerator<ServerSentEvent, void>,
  { keepAliveSeconds }: { keepAliveSeconds: number },
): Response {
  const gone = new AbortController();
  const source = events(gone.signal);
  let next: Promise<IteratorResult<ServerSentEvent, void>> | undefined;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encoder.encode(": connected\n\n"));
    },
    async pull(controller) {
      next ??= source.next();
      const result = await within(next, keepAliveSeconds * 1000);
      if (gone.signal.aborted) return;
      if (result === undefined) {
        controller.enqueue(encoder.encode(": waiting\n\n"));
        return;
      }
      next = undefined;
      if (result.done) controller.close();
      else controller.enqueue(encoder.encode(written(result.value)));
    },
    cancel() {
      gone.abort();
    },
  });
  const headers = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  };
  return new Response(body, { headers });
}

function written({ id, event, data }: ServerSentEvent): string {
  return `${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** The result of a promise, or undefined when it takes longer. */
async function within<T>(promise: Promise<T>, milliseconds: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
