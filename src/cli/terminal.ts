/** What a command sees of the process: streams, environment, clock and interruption, so that tests can stand in. */

export interface Sink {
  write(chunk: string | Uint8Array): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface Terminal {
  readonly stdin: AsyncIterable<Uint8Array> & { readonly isTTY?: boolean };
  /** Results only. */
  readonly stdout: Sink;
  /** Everything else. */
  readonly stderr: Sink;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Fires at the first Ctrl-C. */
  readonly signal: AbortSignal;
  /** Milliseconds on a clock that only runs forward. */
  now(): number;
}

/** Whether a sink gets colours: `NO_COLOR` forbids, `FORCE_COLOR` demands, else terminals do. */
export function usesColor(sink: Sink, env: Terminal["env"]): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== "") return false;
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== "") return env.FORCE_COLOR !== "0";
  return sink.isTTY === true && env.TERM !== "dumb";
}
