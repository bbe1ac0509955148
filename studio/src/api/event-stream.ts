/** Server-sent events as iteration. */

/** An event, or undefined when the connection was lost; it is made again by itself. */
export interface StreamEvent {
  readonly type: string;
  readonly data: unknown;
}

/** Milliseconds after which a stream that was refused is asked for again. */
const RETRY_MS = 3000;

/**
 * Events of the given types as they come, `undefined` for each loss of the connection, until the signal fires. The
 * browser connects again by itself, telling the last event it has seen; where it gives up, this does not.
 */
export async function* eventStream(
  path: string,
  { types, signal }: { types: readonly string[]; signal: AbortSignal },
): AsyncGenerator<StreamEvent | undefined, void> {
  const heard: (StreamEvent | undefined)[] = [];
  let wake = () => {};
  const hear = (event: StreamEvent | undefined) => {
    heard.push(event);
    wake();
  };
  let source = open(path, types, hear);
  let retry: ReturnType<typeof setTimeout> | undefined;
  const onError = () => {
    hear(undefined);
    if (source.readyState !== EventSource.CLOSED) return;
    retry = setTimeout(() => {
      source = open(path, types, hear);
      source.addEventListener("error", onError);
    }, RETRY_MS);
  };
  source.addEventListener("error", onError);
  const onAbort = () => wake();
  signal.addEventListener("abort", onAbort);
  try {
    while (!signal.aborted) {
      if (heard.length > 0) yield heard.shift();
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    clearTimeout(retry);
    source.close();
  }
}

function open(path: string, types: readonly string[], hear: (event: StreamEvent) => void): EventSource {
  const source = new EventSource(path);
  for (const type of types) {
    source.addEventListener(type, (event) => hear({ type, data: JSON.parse((event as MessageEvent<string>).data) }));
  }
  source.addEventListener("open", () => hear({ type: "open", data: null }));
  return source;
}
