/** The Mersenne Twister MT19937 (Matsumoto and Nishimura 1998), 32 bits a draw. */

const N = 624;
const M = 397;

/** A stream of uniform 32-bit words. `words` is its whole state: 624 words and the index of the next one. */
export class Mt19937 {
  readonly #state = new Uint32Array(N);
  #index = N;

  /** Initialises with the generator's own linear recurrence; only the low 32 bits of `seed` count. */
  constructor(seed: number) {
    let word = seed % 2 ** 32;
    this.#state[0] = word;
    for (let i = 1; i < N; i++) {
      word = (Math.imul(1812433253, word ^ (word >>> 30)) + i) >>> 0;
      this.#state[i] = word;
    }
  }

  uint32(): number {
    if (this.#index === N) this.#twist();
    let y = this.#state[this.#index++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  get words(): number[] {
    return [...this.#state, this.#index];
  }

  set words(words: readonly number[]) {
    this.#state.set(words.slice(0, N));
    this.#index = words[N];
  }

  #twist(): void {
    const state = this.#state;
    for (let i = 0; i < N; i++) {
      const y = (state[i] & 0x80000000) | (state[(i + 1) % N] & 0x7fffffff);
      state[i] = state[(i + M) % N] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#index = 0;
  }
}
