/** Seeds for whoever names none. */

/** As in the reference's app: short enough to be typed again. */
const LARGEST = 100_000;

/** An integer in 0 … 100,000, another one each time. */
export function drawSeed(): number {
  return Math.floor(Math.random() * (LARGEST + 1));
}
