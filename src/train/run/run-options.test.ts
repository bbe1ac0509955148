import { describe, expect, it } from "vitest";
import { UsageError } from "../../errors.ts";
import { asJson, requireSameOptions } from "./run-options.ts";

const started = asJson({
  batch: 8,
  steps: 100,
  seed: 0,
  data: { path: "a", flip: "safe" },
  sizes: [1, 2],
  note: undefined,
});
const check = (resumed: object, free: string[] = []) =>
  requireSameOptions(started, asJson(resumed), { folder: "runs/a", free });

describe("options of a resumed run", () => {
  it("may be the same in another order, or differ where that is allowed", () => {
    const reordered = { sizes: [1, 2], data: { flip: "safe", path: "a" }, seed: 0, steps: 100, batch: 8 };
    expect(() => check(reordered)).not.toThrow();
    expect(() => check({ ...reordered, steps: 500 }, ["steps"])).not.toThrow();
    expect(() => check({ ...reordered, data: { flip: "never", path: "a" } }, ["data.flip"])).not.toThrow();
  });

  it("are refused when they differ, each by its name and both values", () => {
    const resumed = { batch: 16, steps: 100, data: { path: "b", flip: "safe" }, sizes: [2, 1], extra: null };
    expect(() => check(resumed, ["steps"])).toThrow(UsageError);
    expect(() => check(resumed, ["steps"])).toThrow(
      "the run in runs/a was started with, but batch was 8, now 16; seed was 0, now absent; " +
        'data.path was "a", now "b"; sizes was [1,2], now [2,1]; extra was absent, now null. Resume',
    );
  });
});
