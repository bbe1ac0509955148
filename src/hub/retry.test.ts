import { describe, expect, it } from "vitest";
import { HubError } from "../errors.ts";
import { delay, PassingError, RETRY, retryAfterMs, withRetries } from "./retry.ts";

const NOW = Date.UTC(2024, 0, 1);

function policy(waits: number[] = []) {
  return { ...RETRY, attempts: 3, baseMs: 8, sleep: async (ms: number) => void waits.push(ms), random: () => 1 };
}

describe("delay", () => {
  it("doubles up to its cap, half of it random", () => {
    const at = (random: number) =>
      [1, 2, 3, 9].map((n) => delay({ ...RETRY, baseMs: 8, capMs: 100, random: () => random }, n));
    expect(at(1)).toEqual([8, 16, 32, 100]);
    expect(at(0)).toEqual([4, 8, 16, 50]);
  });

  it("waits as long as the server asks, within patience", () => {
    expect(delay({ ...policy(), patienceMs: 500 }, 1, 90)).toBe(90);
    expect(delay({ ...policy(), patienceMs: 500 }, 1, 5)).toBe(8);
    expect(delay({ ...policy(), patienceMs: 500 }, 1, 5000)).toBe(500);
  });
});

describe("retryAfterMs", () => {
  it.each([
    ["120", 120_000],
    ["0", 0],
    ["Mon, 01 Jan 2024 00:00:30 GMT", 30_000],
    ["Sun, 31 Dec 2023 23:59:00 GMT", 0],
    ["soon", undefined],
    [null, undefined],
  ])("reads %j", (header, expected) => {
    expect(retryAfterMs(header, NOW)).toBe(expected);
  });
});

describe("withRetries", () => {
  it("gives up after so many failures in a row", async () => {
    const waits: number[] = [];
    let calls = 0;
    const attempt = async () => {
      calls += 1;
      throw new PassingError("busy", { status: 503 });
    };
    const error = await withRetries(attempt, { policy: policy(waits) }).catch((error) => error);
    expect(error).toBeInstanceOf(HubError);
    expect(error).toMatchObject({ retryable: true, status: 503 });
    expect(error.message).toMatch(/^busy \(tried 3 times\)/);
    expect([calls, waits]).toEqual([3, [8, 16]]);
  });

  it("counts anew after every step ahead, and only then", async () => {
    let held = 0;
    const steps = [1, 2, 2, 3, 1, 3, 2];
    const attempt = async () => {
      held = steps.shift()!;
      throw new PassingError("broken");
    };
    await expect(withRetries(attempt, { policy: policy(), progress: () => held })).rejects.toThrow(/tried 3 times/);
    expect(steps).toEqual([2]);
  });

  it("passes on what is final, and success", async () => {
    const waits: number[] = [];
    const final = new HubError("no", { retryable: false });
    await expect(withRetries(() => Promise.reject(final), { policy: policy(waits) })).rejects.toBe(final);
    const outcomes = [new PassingError("busy"), 42];
    const attempt = async () => {
      const outcome = outcomes.shift();
      if (outcome instanceof Error) throw outcome;
      return outcome;
    };
    expect(await withRetries(attempt, { policy: policy(waits) })).toBe(42);
    expect(waits).toEqual([8]);
  });

  it("stops waiting when aborted", async () => {
    const controller = new AbortController();
    const attempt = async () => {
      queueMicrotask(() => setTimeout(() => controller.abort(new Error("enough")), 1));
      throw new PassingError("busy", { afterMs: 1e6 });
    };
    const patient = { ...RETRY, patienceMs: 1e6 };
    await expect(withRetries(attempt, { policy: patient, signal: controller.signal })).rejects.toThrow("enough");
  });
});
