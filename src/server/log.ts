/** The server's log, as entries; whoever starts the server decides where they go. */

export type LogLevel = "info" | "warning" | "error";

/** Takes an entry. `fields` are plain data, but for `error`, which may be an Error. */
export type Log = (level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>) => void;

/** A log that writes one JSON object per line. */
export function jsonLog(write: (line: string) => void): Log {
  return (level, message, fields = {}) => {
    const time = new Date().toISOString();
    write(`${JSON.stringify({ time, level, message, ...fields }, plain)}\n`);
  };
}

/** An error as what helps to find it. */
function plain(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  return { name: value.name, message: value.message, stack: value.stack, cause: value.cause };
}
