/** Linear combinations of samples: all the array arithmetic that samplers, guidance and parameterisation need. */

import { invariant } from "../errors.ts";

export type Term = readonly [coefficient: number, x: Float32Array];

/** Σ coefficient · x: accumulated in double, rounded to float32 once. */
export function combine(...terms: readonly Term[]): Float32Array {
  const length = terms[0][1].length;
  invariant(
    terms.every(([, x]) => x.length === length),
    `samples of ${terms.map(([, x]) => x.length).join(", ")} elements cannot be combined`,
  );
  const out = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    let sum = 0;
    for (const [coefficient, x] of terms) sum += coefficient * x[i];
    out[i] = sum;
  }
  return out;
}
