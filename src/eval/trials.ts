/** Measurements one after another, so that an evaluation can be watched, stopped and gone on with. */

import type { Image } from "../image/image.ts";

/** What is kept of a measurement, under a key that says which it was. */
export interface Row {
  readonly key: string;
}

export interface Measurement<Kept extends Row> {
  readonly row: Kept;
  /** The picture that was measured, where there is one. */
  readonly picture?: Image;
}

/** Something that can be measured, once. */
export interface Trial<Kept extends Row> {
  readonly key: string;
  /** What trials have in common that take about as long. */
  readonly group: string;
  measure(): Promise<Measurement<Kept>>;
}

/** Everything that the results of an evaluation depend on, as plain data. */
export type EvaluationSettings = Readonly<Record<string, string | number | null>>;

export interface RunTrialsOptions {
  /** Keys of what is measured already. */
  readonly known?: Pick<ReadonlySet<string>, "has">;
  /** Ends the iteration, with the signal's reason, before the next trial. */
  readonly signal?: AbortSignal;
}

/** Makes every measurement that is not known, in order, each when it is asked for. */
export async function* runTrials<Kept extends Row>(
  trials: Iterable<Trial<Kept>>,
  { known, signal }: RunTrialsOptions = {},
): AsyncGenerator<Measurement<Kept>, void> {
  for (const { key, measure } of trials) {
    if (known?.has(key)) continue;
    signal?.throwIfAborted();
    yield await measure();
  }
}

/**
 * Estimates the time that is left, group by group, since trials of some take a hundred times as long as of others.
 *
 * @returns takes the group of a trial that is done and the seconds it took, and gives the seconds left; undefined while
 *   nothing is known about a group that is to come
 */
export function timeLeft(
  toDo: Iterable<Pick<Trial<Row>, "group">>,
): (group: string, seconds: number) => number | undefined {
  const groups = new Map<string, { left: number; done: number; seconds: number }>();
  const state = (group: string) => {
    const known = groups.get(group) ?? { left: 0, done: 0, seconds: 0 };
    groups.set(group, known);
    return known;
  };
  for (const { group } of toDo) state(group).left++;
  return (group, seconds) => {
    const trial = state(group);
    trial.left--;
    trial.done++;
    trial.seconds += seconds;
    let sum = 0;
    for (const { left, done, seconds: spent } of groups.values()) {
      if (left > 0 && done === 0) return undefined;
      if (left > 0) sum += (left * spent) / done;
    }
    return sum;
  };
}
