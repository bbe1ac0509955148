/** The sequence of draws: every epoch each once, and no draw depends on another. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { torchCpuRandom } from "../random.ts";
import { drawSequence, permutation } from "./order.ts";

const seeds = fc.nat({ max: Number.MAX_SAFE_INTEGER });

describe("drawSequence", () => {
  it("draws each example once an epoch", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), seeds, fc.nat({ max: 5 }), (length, seed, epoch) => {
        const draw = drawSequence(length, seed);
        const draws = Array.from({ length }, (_, i) => draw(epoch * length + i));
        expect(draws.map(({ index }) => index).sort((a, b) => a - b)).toEqual(Array.from({ length }, (_, i) => i));
        expect(new Set(draws.map((made) => made.epoch))).toEqual(new Set([epoch]));
      }),
    );
  });

  it("gives draw n whatever was drawn before", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), seeds, fc.array(fc.nat({ max: 100 })), (length, seed, numbers) => {
        const draw = drawSequence(length, seed);
        for (const n of numbers) expect(draw(n)).toEqual(drawSequence(length, seed)(n));
      }),
    );
  });

  it("orders each epoch and each seed differently, and gives every example a stream of its own", () => {
    const orders = new Set<string>();
    const streams = new Set<number>();
    for (const seed of [0, 1, 2 ** 32, 2 ** 32 + 1]) {
      const draw = drawSequence(20, seed);
      for (let epoch = 0; epoch < 5; epoch++) {
        const draws = Array.from({ length: 20 }, (_, i) => draw(epoch * 20 + i));
        orders.add(draws.map(({ index }) => index).join());
        for (const { stream } of draws) streams.add(stream);
      }
    }
    expect(orders.size).toBe(20);
    expect(streams.size).toBe(400);
  });

  it("is the same on every machine", () => {
    const draw = drawSequence(5, 42);
    expect(Array.from({ length: 7 }, (_, n) => draw(n))).toMatchInlineSnapshot(`
      [
        {
          "epoch": 0,
          "index": 4,
          "stream": 4280902541,
        },
        {
          "epoch": 0,
          "index": 3,
          "stream": 512608197,
        },
        {
          "epoch": 0,
          "index": 1,
          "stream": 553619769,
        },
        {
          "epoch": 0,
          "index": 0,
          "stream": 43202409,
        },
        {
          "epoch": 0,
          "index": 2,
          "stream": 913916025,
        },
        {
          "epoch": 1,
          "index": 0,
          "stream": 933890072,
        },
        {
          "epoch": 1,
          "index": 4,
          "stream": 1635278803,
        },
      ]
    `);
  });
});

describe("permutation", () => {
  it("puts every number everywhere about equally often", () => {
    const counts = Array.from({ length: 4 }, () => [0, 0, 0, 0]);
    const random = torchCpuRandom(7);
    for (let i = 0; i < 4000; i++)
      for (const [place, number] of permutation(4, random).entries()) counts[place][number]++;
    // 1000 each, standard deviation 27
    for (const count of counts.flat()) expect(Math.abs(count - 1000)).toBeLessThan(120);
  });
});
