/**
 * Seeded streams of random numbers that give what PyTorch gives for the same seed, on the CPU and on CUDA. There is no
 * global stream: whatever draws, is handed one.
 */

import { UsageError } from "./errors.ts";
import { Mt19937 } from "./random/mt19937.ts";
import { type Counter, philox4x32 } from "./random/philox.ts";

/** A seeded stream. Every draw advances it, so the order of draws is part of a result. */
export interface Random {
  /** `n` draws from N(0, 1) in float32: PyTorch's `randn(n)`. */
  normal(n: number): Float32Array;
  /** One draw from [0, 1) with 24 random bits: PyTorch's `rand(1)`. */
  uniform(): number;
  /** One draw from 0 … bound − 1: PyTorch's `randint(bound, (1,))`. */
  integer(bound: number): number;
  /** Everything the next draws depend on, as plain data. */
  state(): RandomState;
  /** Continues where `state` was taken. @throws UsageError when that was another kind of generator. */
  restore(state: RandomState): void;
}

/** A stream of normal draws: all that samplers ask for. */
export type Normal = Pick<Random, "normal">;

/** The state of a stream, fit for JSON. */
export interface RandomState {
  readonly generator: "torch-cpu" | "torch-cuda";
  readonly words: readonly number[];
  /** The second value of a Box-Muller pair, kept for the next draw. */
  readonly spare?: number;
}

/**
 * PyTorch's CPU generator: MT19937 seeded with the low 32 bits of `seed`. Normal draws agree to about 2e-7, the
 * difference between vectorised and scalar logarithms and cosines; uniform and integer draws agree exactly.
 * @throws UsageError when `seed` is no integer in 0 … 2^53 − 1.
 */
export function torchCpuRandom(seed: number): Random {
  return new TorchCpuRandom(checkedSeed(seed));
}

/**
 * PyTorch's CUDA generator, Philox4x32-10 keyed by all bits of `seed`, as `torch.randn(n, device="cuda")` draws from it.
 *
 * The kernel gives element `i` to thread `i mod T`, T being the number of threads launched: ⌈n/256⌉ blocks of 256, but
 * no more than the GPU holds at once (`threads` = multiprocessors × threads per multiprocessor: 221 184 on an A100). A
 * thread takes four normals from each counter. So as long as n <= `threads`, which every latent up to 1024 × 1024
 * pixels is on any GPU in use, element i is the first normal of counter (call, 0, i, 0), and the GPU's size does not
 * matter: `threads` defaults to Infinity.
 * @throws UsageError when `seed` is no integer in 0 … 2^53 − 1.
 */
export function torchCudaRandom(seed: number, options: { readonly threads?: number } = {}): Random {
  return new TorchCudaRandom(checkedSeed(seed), options.threads ?? Infinity);
}

/** One stream for a batch in which every image has its own: `normal(n)` takes n / streams.length from each in turn. */
export function perImage(streams: readonly Normal[]): Normal {
  return {
    normal(n) {
      const each = n / streams.length;
      if (!Number.isInteger(each)) {
        throw new UsageError(
          `${streams.length} random streams cannot share ${n} values: one stream per image is needed`,
        );
      }
      const out = new Float32Array(n);
      for (const [i, stream] of streams.entries()) out.set(stream.normal(each), i * each);
      return out;
    },
  };
}

class TorchCpuRandom implements Random {
  readonly #bits: Mt19937;
  #spare: number | undefined;

  constructor(seed: number) {
    this.#bits = new Mt19937(seed);
  }

  normal(n: number): Float32Array {
    if (n < 16) return Float32Array.from({ length: n }, () => this.#next());
    const out = Float32Array.from({ length: n }, () => this.uniform());
    for (let at = 0; at + 16 <= n; at += 16) boxMuller16(out.subarray(at, at + 16));
    if (n % 16 > 0) {
      const tail = out.subarray(n - 16); // drawn anew, over values already made
      for (let i = 0; i < 16; i++) tail[i] = this.uniform();
      boxMuller16(tail);
    }
    return out;
  }

  uniform(): number {
    return (this.#bits.uint32() & 0xffffff) / 2 ** 24;
  }

  integer(bound: number): number {
    if (checkedBound(bound) < 2 ** 28) return this.#bits.uint32() % bound;
    const high = BigInt(this.#bits.uint32());
    return Number(((high << 32n) | BigInt(this.#bits.uint32())) % BigInt(bound));
  }

  state(): RandomState {
    return { generator: "torch-cpu", words: this.#bits.words, spare: this.#spare };
  }

  restore(state: RandomState): void {
    this.#bits.words = checkedWords(state, "torch-cpu", 625);
    this.#spare = state.spare;
  }

  /** One normal of a double-precision Box-Muller pair: cosine first, the sine kept for the next call. */
  #next(): number {
    const spare = this.#spare;
    this.#spare = undefined;
    if (spare !== undefined) return spare;
    const theta = 2 * Math.PI * this.#uniform53();
    const radius = Math.sqrt(-2 * Math.log1p(-this.#uniform53()));
    this.#spare = radius * Math.sin(theta);
    return radius * Math.cos(theta);
  }

  #uniform53(): number {
    const high = this.#bits.uint32() & 0x1fffff;
    return (high * 2 ** 32 + this.#bits.uint32()) / 2 ** 53;
  }
}

const TWO_PI = Math.fround(2 * Math.PI);

/** Box-Muller in place on 16 uniforms: value j gives the radius of outputs j and j + 8, value j + 8 their angle. */
function boxMuller16(u: Float32Array): void {
  for (let j = 0; j < 8; j++) {
    const radius = Math.sqrt(-2 * Math.fround(Math.log(1 - u[j])));
    const theta = Math.fround(TWO_PI * u[j + 8]);
    u[j] = radius * Math.cos(theta);
    u[j + 8] = radius * Math.sin(theta);
  }
}

const BLOCK = 256;
const UNROLL = 4;

class TorchCudaRandom implements Random {
  readonly #threads: number;
  #key: readonly [number, number];
  /** Counters used up so far by every thread: a quarter of what PyTorch calls the offset. */
  #offset = 0;

  constructor(seed: number, threads: number) {
    this.#key = [seed % 2 ** 32, Math.floor(seed / 2 ** 32)];
    this.#threads = threads;
  }

  normal(n: number): Float32Array {
    const threads = BLOCK * Math.min(Math.ceil(n / BLOCK), Math.floor(this.#threads / BLOCK));
    const out = new Float32Array(n);
    for (let i = 0; i < n; i++) {
      const launch = Math.floor(i / (threads * UNROLL));
      out[i] = curandNormal(this.#draw(i % threads, launch), Math.floor(i / threads) % UNROLL);
    }
    this.#offset += Math.ceil(n / (threads * UNROLL));
    return out;
  }

  uniform(): number {
    const u = Math.fround(Math.fround(this.#next()[0]) / 2 ** 32 + 2 ** -33);
    return u === 1 ? 0 : u; // the kernel draws from (0, 1] and moves the closed end
  }

  integer(bound: number): number {
    const [high, low] = this.#next();
    if (checkedBound(bound) < 2 ** 28) return high % bound;
    return Number(((BigInt(high) << 32n) | BigInt(low)) % BigInt(bound));
  }

  state(): RandomState {
    return { generator: "torch-cuda", words: [...this.#key, this.#offset] };
  }

  restore(state: RandomState): void {
    const [low, high, offset] = checkedWords(state, "torch-cuda", 3);
    this.#key = [low, high];
    this.#offset = offset;
  }

  #next(): Counter {
    const words = this.#draw(0, 0);
    this.#offset++;
    return words;
  }

  #draw(thread: number, launch: number): Counter {
    return philox4x32([this.#offset + launch, 0, thread, 0], this.#key);
  }
}

/** Normal `index` (0 … 3) of the four that cuRAND makes of four words: sine before cosine, in float32. */
function curandNormal(words: Counter, index: number): number {
  const pair = index < 2 ? 0 : 2;
  const u = Math.fround(Math.fround(words[pair]) / 2 ** 32 + 2 ** -33);
  const theta = Math.fround((2 * Math.PI * (Math.fround(words[pair + 1]) + 0.5)) / 2 ** 32);
  return Math.sqrt(-2 * Math.log(u)) * (index % 2 === 0 ? Math.sin(theta) : Math.cos(theta));
}

function checkedSeed(seed: number): number {
  if (Number.isSafeInteger(seed) && seed >= 0) return seed;
  throw new UsageError(`a seed is an integer from 0 to 2^53 - 1, got ${seed}`);
}

function checkedBound(bound: number): number {
  if (Number.isSafeInteger(bound) && bound > 0) return bound;
  throw new UsageError(`a random integer needs a bound from 1 to 2^53 - 1, got ${bound}`);
}

function checkedWords(state: RandomState, generator: RandomState["generator"], length: number): readonly number[] {
  if (state.generator === generator && state.words.length === length) return state.words;
  throw new UsageError(
    `expected the state of a ${generator} stream (${length} words), got ${state.generator} (${state.words.length} words)`,
  );
}
