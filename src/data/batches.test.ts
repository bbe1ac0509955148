/** Order, resuming, bad examples and the end of batches, on a data set made up in memory. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UsageError } from "../errors.ts";
import type { Random } from "../random.ts";
import { BadExampleError, type BadReason } from "./bad-example.ts";
import { type Batch, type Batches, type BatchOptions, batches } from "./batches.ts";
import type { EditDataset } from "./dataset.ts";
import { describeExample } from "./golden.test-data.ts";
import { describeSkipped } from "./skipped.ts";

interface FakeOptions {
  readonly bad?: (index: number, random: Random) => BadReason | undefined;
  readonly onRead?: (index: number) => void;
}

/** Examples whose pictures are their index, and whose instruction holds a number drawn. */
function fake(length: number, { bad = () => undefined, onRead = () => {} }: FakeOptions = {}): EditDataset {
  return {
    length,
    async read(index, random) {
      onRead(index);
      await new Promise<void>((resolve) => setTimeout(resolve, (index * 7) % 3)); // finish out of order
      const reason = bad(index, random);
      if (reason !== undefined) throw new BadExampleError(`${index}`, reason, "it was made so");
      const image = { width: 40, height: 32, data: new Uint8Array(40 * 32 * 3).fill(index) };
      return { input: image, edited: image, instruction: `number ${random.integer(1000)}`, id: `${index}` };
    },
  };
}

async function take(from: Batches, count: number): Promise<Batch[]> {
  const taken: Batch[] = [];
  for await (const batch of from) if (taken.push(batch) >= count) break;
  return taken;
}

const digest = (batch: Batch) => ({ ...batch, examples: batch.examples.map(describeExample) });
const words = (taken: readonly Batch[]) => taken.flatMap(({ examples }) => examples.map((e) => [e.id, e.instruction]));

describe("batches", () => {
  it("are full, numbered, and hold every example once an epoch", async () => {
    const taken = await take(batches(fake(7), { batch: 3, seed: 5 }), 7);
    expect(taken.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(taken.map(({ epoch }) => epoch)).toEqual([0, 0, 0, 1, 1, 2, 2]); // 21 draws: batches 2 and 4 straddle
    expect(taken.every(({ examples }) => examples.length === 3)).toBe(true);
    const ids = words(taken).map(([id]) => Number(id));
    for (let epoch = 0; epoch < 3; epoch++) {
      expect(ids.slice(epoch * 7, epoch * 7 + 7).sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    }
  });

  it("go on from any step as if they had not stopped", async () => {
    const geometry = { resolution: 24, resize: [24, 30] } as const;
    const bad = (index: number) => (index % 4 === 1 ? "broken picture" : undefined);
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          length: fc.integer({ min: 2, max: 12 }),
          batch: fc.integer({ min: 1, max: 5 }),
          start: fc.nat({ max: 6 }),
          prefetch: fc.nat({ max: 3 }),
          seed: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
        }),
        async ({ length, start, ...options }) => {
          const dataset = fake(length, { bad });
          const whole = await take(batches(dataset, { ...options, geometry }), start + 3);
          const resumed = await take(batches(dataset, { ...options, geometry, start, prefetch: 1 }), 3);
          expect(resumed.map(digest)).toEqual(whole.slice(start).map(digest));
        },
      ),
      // A batch larger than the data set meets a bad example twice.
      { numRuns: 30, examples: [[{ length: 3, batch: 4, start: 1, prefetch: 0, seed: 0 }]] },
    );
  });

  it("differ between seeds, and an example between epochs", async () => {
    const [one, other] = await Promise.all([1, 2].map((seed) => take(batches(fake(9), { batch: 9, seed }), 2)));
    expect(words(one)).not.toEqual(words(other));
    const [first, second] = one.map((batch) => new Map(words([batch]) as [string, string][]));
    expect([...first].filter(([id, text]) => second.get(id) !== text).length).toBeGreaterThan(6);
  });

  it("prepare as many batches ahead as they are told", async () => {
    for (const prefetch of [0, 2]) {
      let reads = 0;
      const source = batches(fake(50, { onRead: () => reads++ }), { batch: 4, seed: 1, prefetch });
      const iterator = source[Symbol.asyncIterator]();
      expect(reads).toBe(0);
      await iterator.next();
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect(reads).toBe(4 * (1 + prefetch));
      await iterator.return?.();
    }
  });

  it("end with the signal's reason", async () => {
    const stop = new AbortController();
    const source = batches(fake(9), { batch: 2, seed: 1, signal: stop.signal });
    const iterator = source[Symbol.asyncIterator]();
    await iterator.next();
    stop.abort(new Error("enough"));
    await expect(iterator.next()).rejects.toThrow("enough");
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it.each<[string, Partial<BatchOptions>]>([
    ["batch", { batch: 0 }],
    ["batch", { batch: 1.5 }],
    ["seed", { seed: -1 }],
    ["start", { start: -1 }],
    ["prefetch", { prefetch: Number.NaN }],
    ["resolution", { geometry: { resolution: 0 } }],
  ])("refuse a wrong %s", (name, wrong) => {
    const make = () => batches(fake(3), { batch: 1, seed: 1, ...wrong });
    expect(make).toThrow(UsageError);
    expect(make).toThrow(name);
  });

  it("refuse an empty data set", () => {
    expect(() => batches(fake(0), { batch: 1, seed: 1 })).toThrow(/no examples/);
  });

  it("let other errors through", async () => {
    const broken = { length: 3, read: async () => Promise.reject(new Error("internal: no")) };
    await expect(take(batches(broken, { batch: 1, seed: 1 }), 1)).rejects.toThrow("internal: no");
  });
});

describe("bad examples", () => {
  it("are replaced by the next good one, and counted once each", async () => {
    const reasons: (BadReason | undefined)[] = ["missing picture", undefined, undefined, "too small", "too small"];
    const dataset = fake(9, { bad: (index) => reasons[index] });
    const source = batches(dataset, { batch: 9, seed: 3, prefetch: 0 });
    const good = await take(batches(fake(9), { batch: 9, seed: 3 }), 3);
    const taken = await take(source, 3);
    const next = ["1", "1", "2", "5", "5", "5", "6", "7", "8"];
    expect(words(taken).map(([id]) => id)).toEqual(words(good).map(([id]) => next[Number(id)]));
    expect(source.report()).toEqual([
      { reason: "too small", count: 2, messages: expect.arrayContaining(["3: it was made so", "4: it was made so"]) },
      { reason: "missing picture", count: 1, messages: ["0: it was made so"] },
    ]);
    expect(describeSkipped(source.report())).toMatch(
      /^2 too small \([34]: it was made so\); 1 missing picture \(0: it/,
    );
  });

  it("wrap around at the end", async () => {
    const dataset = fake(4, { bad: (index) => (index > 1 ? "broken row" : undefined) });
    const [batch] = await take(batches(dataset, { batch: 4, seed: 3 }), 1);
    expect(batch.examples.map(({ id }) => id).sort()).toEqual(["0", "0", "0", "1"]);
  });

  it("are named five at most a reason", async () => {
    const source = batches(fake(20, { bad: (index) => (index < 8 ? "too small" : undefined) }), { batch: 20, seed: 1 });
    await take(source, 1);
    const [{ count, messages }] = source.report();
    expect([count, messages.length]).toEqual([8, 5]);
  });

  it("are an error when more than half of the first hundred are bad", async () => {
    // One bad example in 3; then 2 in 3.
    const some = batches(fake(300, { bad: (i) => (i % 3 === 0 ? "sizes differ" : undefined) }), { batch: 5, seed: 1 });
    expect(await take(some, 2)).toHaveLength(2);
    const most = batches(fake(300, { bad: (i) => (i % 3 > 0 ? "sizes differ" : undefined) }), { batch: 5, seed: 1 });
    await expect(take(most, 1)).rejects.toThrow(/^\d\d of the first 100 examples cannot be used, .* sizes differ \(/);
    await expect(take(most, 1)).rejects.toThrow(UsageError);
  });

  it("are judged by the share of all, not by a long run of them", async () => {
    const reads: number[] = [];
    const bad = (i: number) => (i >= 100 && i < 350 ? "missing picture" : undefined);
    const source = batches(fake(1000, { bad, onRead: (i) => reads.push(i) }), { batch: 8, seed: 2 });
    await take(source, 3);
    expect(reads).toContain(350);
    expect(source.report()[0].count).toBeGreaterThan(100);
  });

  it("are an error when there are no others", async () => {
    const none = batches(fake(3, { bad: () => "too small" }), { batch: 1, seed: 1 });
    await expect(take(none, 1)).rejects.toThrow("3 of the first 3 examples cannot be used");
    // Good in their own draw, bad as replacements: half of the first two.
    let reads = 0;
    const fickle = batches(fake(2, { bad: () => (reads++ === 1 ? undefined : "too small") }), {
      batch: 1,
      seed: 1,
      prefetch: 0,
    });
    await expect(take(fickle, 1)).rejects.toThrow("none of the 2 examples can be used: 2 too small");
  });
});
