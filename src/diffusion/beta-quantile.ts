/** The quantile function of a symmetric Beta(a, a) distribution, for the "beta" noise spacing. */

/** x with P(X <= x) = `probability` for X ~ Beta(a, a), by bisection to the last bit. `probability` in [0, 1]. */
export function betaQuantile(probability: number, a: number): number {
  if (probability > 0.5) return 1 - betaQuantile(1 - probability, a);
  const target = probability * 2 * incompleteBeta(0.5, a); // by symmetry half of the mass lies below 1/2
  let [low, high] = [0, 0.5];
  for (let middle = 0.25; middle !== low && middle !== high; middle = (low + high) / 2) {
    if (incompleteBeta(middle, a) < target) low = middle;
    else high = middle;
  }
  return low;
}

/** ∫₀ˣ u^(a−1) (1 − u)^(a−1) du for x <= 1/2, by its power series (DLMF 8.17.7). */
function incompleteBeta(x: number, a: number): number {
  let sum = 0;
  let power = x ** a;
  for (let k = 0; power > sum * 1e-17; k++) {
    sum += power / (a + k);
    power *= ((k + 1 - a) / (k + 1)) * x;
  }
  return sum;
}
