/** What training says about its steps, and how that is written: a JSON object per line. */

/**
 * Numbers of one step that are the same whenever a run was interrupted: nothing that a clock said. Names with a slash
 * keep it in TensorBoard (`validation/loss`), others are shown as `train/…`.
 */
export interface Metrics {
  readonly step: number;
  readonly loss?: number;
  readonly learningRate?: number;
  /** Euclidean norm of the whole gradient, before clipping. */
  readonly gradNorm?: number;
  readonly [name: string]: number | undefined;
}

/** Numbers of one step that differ from run to run. They have a file of their own. */
export interface Timing {
  readonly step: number;
  /** Seconds the step took. */
  readonly seconds?: number;
  readonly imagesPerSecond?: number;
  /** Resident memory of the process, in bytes. */
  readonly memory?: number;
  readonly [name: string]: number | undefined;
}

/** One line, its newline included. JSON has no NaN and no infinities: they are written as null. */
export function formatLine(record: Metrics | Timing): string {
  return `${JSON.stringify(record)}\n`;
}

/** A line read back, null as NaN; nothing when it is no whole record. */
export function parseLine(line: string): Metrics | undefined {
  const value = parsed(line);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const numbers: Record<string, number> = {};
  for (const [name, number] of Object.entries(value)) {
    if (number !== null && typeof number !== "number") return undefined;
    numbers[name] = number ?? Number.NaN;
  }
  const { step } = numbers;
  return Number.isSafeInteger(step) ? { ...numbers, step } : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The numbers of a record by TensorBoard's tag, the step left out. */
export function taggedScalars(record: Metrics | Timing, group: string): [tag: string, value: number][] {
  return Object.entries(record).flatMap(([name, value]) => {
    if (name === "step" || value === undefined) return [];
    return [[name.includes("/") ? name : `${group}/${name}`, value]];
  });
}
