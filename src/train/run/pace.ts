/** Estimates from a stream of steps: the loss without its noise, the speed, the time left. */

/**
 * An exponential moving average, s ← β s + (1 − β) x, divided by 1 − βⁿ so that it is unbiased from the first value on
 * (Kingma and Ba 2015, section 3). Values that are not finite pass by. Fed the same values it says the same, so after a
 * restart it is fed what the run has recorded.
 *
 * @returns takes the next value and gives the average so far, NaN while there is none.
 */
export function smoother(beta = 0.98): (value: number) => number {
  let sum = 0;
  let weight = 0;
  return (value) => {
    if (Number.isFinite(value)) {
      sum = beta * sum + (1 - beta) * value;
      weight = beta * weight + (1 - beta);
    }
    return sum / weight;
  };
}

/** How fast steps are done; nothing is said before two have been. */
export interface Pace {
  readonly imagesPerSecond?: number;
  /** Until the last step. */
  readonly secondsLeft?: number;
}

/**
 * Measures speed. The first step only starts the clock, as it includes getting ready. Images a second are those of the
 * last `window` steps; the time left is judged by all steps since the first, with the pauses for samples and snapshots
 * that will come again.
 *
 * @returns takes the number of a step that is done, its images, and the time in seconds on a clock that only runs forward.
 */
export function paceOf(options: {
  steps: number;
  window?: number;
}): (step: number, images: number, time: number) => Pace {
  const { steps, window = 20 } = options;
  const recent: { images: number; time: number }[] = [];
  let first: { step: number; time: number } | undefined;
  let images = 0;
  return (step, more, time) => {
    first ??= { step, time };
    images += more;
    recent.push({ images, time });
    if (recent.length > window + 1) recent.shift();
    const elapsed = time - recent[0].time;
    if (elapsed <= 0) return {};
    const secondsPerStep = (time - first.time) / (step - first.step);
    return {
      imagesPerSecond: (images - recent[0].images) / elapsed,
      secondsLeft: Math.max(0, steps - step) * secondsPerStep,
    };
  };
}
