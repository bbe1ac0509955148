/** The counter-based generator Philox4x32-10 (Salmon, Moraes, Dror and Shaw, SC 2011). */

const MULTIPLIERS = [0xd2511f53, 0xcd9e8d57] as const;
const WEYL = [0x9e3779b9, 0xbb67ae85] as const;
const ROUNDS = 10;

export type Counter = readonly [number, number, number, number];

/** Four uniform 32-bit words for a 128-bit counter and a 64-bit key, least significant word first. */
export function philox4x32(counter: Counter, key: readonly [number, number]): Counter {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIERS[0], c0);
    const high1 = multiplyHigh(MULTIPLIERS[1], c2);
    const low0 = Math.imul(MULTIPLIERS[0], c0) >>> 0;
    const low1 = Math.imul(MULTIPLIERS[1], c2) >>> 0;
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1, (high0 ^ c3 ^ k1) >>> 0, low0];
    k0 = (k0 + WEYL[0]) >>> 0;
    k1 = (k1 + WEYL[1]) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** The high 32 bits of the 64-bit product of two 32-bit words. */
function multiplyHigh(a: number, b: number): number {
  const low = (a & 0xffff) * b; //                                 below 2^48: exact
  const high = (a >>> 16) * b + Math.floor(low / 2 ** 16); //      below 2^48 + 2^32: exact
  return Math.floor(high / 2 ** 16) >>> 0;
}
