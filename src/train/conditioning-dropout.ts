/** Which conditions an example is trained without, so that guidance has something to compare with (paper, section 3.2.1). */

/** What one example keeps of its conditions. */
export interface KeptConditions {
  readonly text: boolean;
  readonly image: boolean;
}

/**
 * The paper's dropout by one number: with q = `probability`, text alone is dropped with probability q, both with q, the
 * image alone with q.
 *
 * @param u a draw from [0, 1)
 */
export function keptConditions(u: number, probability = 0.05): KeptConditions {
  return { text: u >= 2 * probability, image: u < probability || u >= 3 * probability };
}
