/** What every runtime must do, wherever it runs. */

import { expect, test } from "vitest";
import { tinyCases } from "./cases.ts";
import { SGD_STEPS, SGD_TARGET, sgdByHand } from "./scenarios.ts";
import { describeTarget, type Target, testCases } from "./targets.ts";

/** Defines the tests of one target. */
export function testRuntime(target: Target): void {
  describeTarget(target, (open) => {
    testCases(open, tinyCases);

    test("a descent whose state stays in the engine ends where the same descent by hand does", async () => {
      const { loss, w, v, step } = await open().runScenario("sgd");
      const byHand = sgdByHand();
      expect(loss.shape).toEqual([]);
      expect(loss.data[0]).toBeCloseTo(byHand.loss, 6);
      for (let i = 0; i < 3; i++) {
        expect(w.data[i]).toBeCloseTo(byHand.w[i], 4);
        expect(w.data[i]).toBeCloseTo(SGD_TARGET[i], 1);
        expect(v.data[i]).toBeCloseTo(byHand.v[i], 4);
      }
      expect([...step.data]).toEqual([SGD_STEPS]);
    });

    test("programs share a state, and it can be written and outlives them", async () => {
      const { sum, partlyFed, a, b } = await open().runScenario("sharedState");
      expect([...a.data]).toEqual([12, 16]);
      expect([...b.data]).toEqual([6, 8]);
      expect([...sum.data]).toEqual([18, 24]);
      expect([...partlyFed.data]).toEqual([112, 216]);
    });

    test("a megabyte of state survives being replaced a hundred times", async () => {
      const { ends } = await open().runScenario("manyRuns");
      expect([...ends.data]).toEqual([100, 100]);
    });
  });
}
