/** Telling how far an edit is, for whoever shows it: the pace of its steps, and how often it can afford a preview. */

/** Seconds; null while nothing has been measured. */
export interface Pace {
  readonly perStep: number | null;
  readonly left: number | null;
}

/**
 * The pace of an edit with `outputs` pictures, told after each step. Time is measured from the end of the first step on,
 * which has the preparations in it.
 *
 * @param now milliseconds of a clock that never goes back
 */
export function paceOf(
  outputs: number,
  now = () => performance.now(),
): (step: number, steps: number, output: number) => Pace {
  let first: { at: number; done: number } | undefined;
  return (step, steps, output) => {
    const done = output * steps + step;
    first ??= { at: now(), done };
    const measured = done - first.done;
    if (measured === 0) return { perStep: null, left: null };
    const perStep = (now() - first.at) / 1000 / measured;
    return { perStep, left: perStep * (outputs * steps - done) };
  };
}

/** Of the time an edit takes, previews get this part. */
const PREVIEW_SHARE = 0.05;

/** Milliseconds between two previews at least: who shows them takes time for it as well, often on the same processor. */
const PREVIEW_MS = 250;

/** Makes what it is given as often as that takes a small part of the time; otherwise it gives undefined. */
export function occasionally<Made>(): (make: () => Promise<Made>) => Promise<Made | undefined> {
  let next = 0;
  return async (make) => {
    const begun = performance.now();
    if (begun < next) return undefined;
    const made = await make();
    const ended = performance.now();
    next = ended + Math.max(PREVIEW_MS, (ended - begun) / PREVIEW_SHARE);
    return made;
  };
}
