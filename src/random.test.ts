import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { UsageError } from "./errors.ts";
import { philox4x32 } from "./random/philox.ts";
import { perImage, type Random, torchCpuRandom, torchCudaRandom } from "./random.ts";

interface Stream {
  seed: number;
  normal: { n: number; ends: number[] }[];
  uniform: number[];
  bounds: number[];
  integers: number[][];
}

const golden: { streams: Stream[] } = JSON.parse(
  readFileSync(new URL("../test/golden/diffusion/random.json", import.meta.url), "utf8"),
);

describe("torchCpuRandom", () => {
  it.each(golden.streams.map((s) => [s.seed, s] as const))("draws what torch draws for seed %i", (seed, stream) => {
    const random = torchCpuRandom(seed);
    for (const { n, ends } of stream.normal) {
      const x = Array.from(random.normal(n));
      expect(x.length).toBe(n);
      const actual = n > 18 ? [...x.slice(0, 9), ...x.slice(-9)] : x;
      for (const [i, value] of ends.entries())
        expect(Math.abs(actual[i] - value)).toBeLessThan(2e-7 * (1 + Math.abs(value)));
    }
    expect(Array.from({ length: 5 }, () => random.uniform())).toEqual(stream.uniform);
    for (const [i, bound] of stream.bounds.entries()) {
      expect([random.integer(bound), random.integer(bound), random.integer(bound)]).toEqual(stream.integers[i]);
    }
  });

  it("gives the latents that Stable Diffusion users know by their seeds", () => {
    const known = [-1.12583983, -1.1523602, -0.25057858, -0.43387881, 0.84871036, 0.69200915];
    expect(
      Array.from(
        torchCpuRandom(0)
          .normal(4 * 64 * 64)
          .subarray(0, 6),
      ),
    ).toEqual(close(known, 6));
    const other = [1.92691529, 1.48728406, 0.9007172, -2.10552096];
    expect(
      Array.from(
        torchCpuRandom(42)
          .normal(4 * 64 * 64)
          .subarray(0, 4),
      ),
    ).toEqual(close(other, 6));
  });
});

describe("torchCudaRandom", () => {
  it("knows Random123's answers for Philox4x32-10", () => {
    const ones = 0xffffffff;
    expect(philox4x32([0, 0, 0, 0], [0, 0])).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
    expect(philox4x32([ones, ones, ones, ones], [ones, ones])).toEqual([
      0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd,
    ]);
    expect(philox4x32([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])).toEqual([
      0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1,
    ]);
  });

  it("draws what torch printed on a GPU for seed 0", () => {
    const printed = [
      -0.9247, -0.4253, -2.6438, 0.1452, -0.1209, -0.5797, -0.6229, -0.3284, -1.0745, -0.3631, -1.6711, 2.2655, 0.3117,
      -0.1842, 1.2866, 1.182, -0.1271, 1.2169, 1.4353, 1.0605, -0.4941, -1.4244, -0.7244, -1.2973, 0.0697, -0.0074,
      1.8969, 0.6878, -0.0779, -0.8373, 1.3506, -0.2879, -0.5965, -0.3283, -0.9086, -0.8059, -0.7407, -0.0504, 0.5435,
      1.515, 0.0141, 0.4532, 1.6349, 0.7124, -0.1806, 1.0252, -1.4622, -0.7554, -0.1836, 0.3824, 0.3918, -0.083, 0.8971,
      -1.1123, 0.1116, 0.4863, -0.5499, -0.3231, -0.5469, 0.9049, 0.2837, 0.121, 0.473, -1.0823,
    ];
    expect(Array.from(torchCudaRandom(0).normal(64))).toEqual(close(printed, 4));
  });

  it("takes four normals from a counter once there are fewer threads than elements", () => {
    const [threads, n] = [512, 2 * 4 * 512 - 7];
    const x = torchCudaRandom(5, { threads }).normal(n);
    expect(x.subarray(0, threads)).toEqual(torchCudaRandom(5).normal(threads));
    for (const i of [0, 300, 511]) {
      // The two normals of a pair lie on one circle, whose radius is the first word's.
      const [word] = philox4x32([1, 0, i, 0], [5, 0]);
      const at = 4 * threads + i;
      const radius = Math.sqrt(-2 * Math.log((word + 0.5) / 2 ** 32));
      expect(Math.hypot(x[at], x[at + threads])).toBeCloseTo(radius, 5);
    }
    const next = torchCudaRandom(5, { threads });
    next.normal(n);
    const skipped = torchCudaRandom(5);
    for (let call = 0; call < 2; call++) skipped.normal(1);
    expect(next.normal(9)).toEqual(skipped.normal(9));
  });
});

describe.each([
  ["torchCpuRandom", torchCpuRandom],
  ["torchCudaRandom", torchCudaRandom],
])("%s", (_, create: (seed: number) => Random) => {
  it("continues from a stored state, also in the middle of a pair", () => {
    const random = create(2 ** 40 + 3);
    random.normal(3);
    random.uniform();
    const state = JSON.parse(JSON.stringify(random.state()));
    const draw = (r: Random) => [...r.normal(2), ...r.normal(40), r.uniform(), r.integer(1000), ...r.normal(1)];
    const expected = draw(random);
    const restored = create(9);
    restored.normal(1); // leaves half a pair, which must not survive
    restored.restore(state);
    expect(draw(restored)).toEqual(expected);
    expect(draw(create(9))).not.toEqual(expected);
  });

  it("draws from the distributions it names", () => {
    const random = create(11);
    const x = random.normal(40_000);
    const mean = x.reduce((a, b) => a + b) / x.length;
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(x.reduce((a, b) => a + (b - mean) ** 2, 0) / x.length).toBeCloseTo(1, 1);
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 4000; i++) counts[random.integer(4)]++;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(120);
    for (let i = 0; i < 100; i++) expect(Math.abs(random.uniform() - 0.5)).toBeLessThanOrEqual(0.5);
  });

  it("says what a seed, a bound and a state have to be", () => {
    for (const seed of [-1, 1.5, Number.NaN, 2 ** 53]) expect(() => create(seed)).toThrow(UsageError);
    for (const bound of [0, -1, 0.5, 2 ** 53]) expect(() => create(0).integer(bound)).toThrow(UsageError);
    expect(() => create(0).restore({ generator: "torch-cpu", words: [1, 2, 3] })).toThrow(/expected the state of/);
  });
});

it("perImage draws for every image from its own stream", () => {
  const x = perImage([torchCpuRandom(1), torchCpuRandom(2)]).normal(2 * 4 * 3 * 5);
  expect(x.subarray(0, 60)).toEqual(torchCpuRandom(1).normal(60));
  expect(x.subarray(60)).toEqual(torchCpuRandom(2).normal(60));
  expect(() => perImage([torchCpuRandom(1), torchCpuRandom(2)]).normal(7)).toThrow(UsageError);
});

function close(values: readonly number[], digits: number) {
  return values.map((value) => expect.closeTo(value, digits));
}
