import { describe, expect, it } from "vitest";
import { formulas } from "../../test/train/goldens.ts";
import { lossWeight, type Prediction } from "./loss-weight.ts";

interface NoiseLevels {
  readonly alphaBar: readonly number[];
  /** By γ. */
  readonly weights: Readonly<Record<string, Readonly<Record<Prediction, readonly number[]>>>>;
}

const { alphaBar, weights } = formulas<NoiseLevels>("noiseLevels");

describe("the weight of a noise level", () => {
  it.each(["epsilon", "v_prediction"] as const)("is 1 in the paper, for %s too", (prediction) => {
    expect(alphaBar.map((value) => lossWeight(value, prediction))).toEqual(alphaBar.map(() => 1));
  });

  it.each(Object.entries(weights))("with γ = %s is that of diffusers' scripts", (gamma, wanted) => {
    for (const prediction of ["epsilon", "v_prediction"] as const) {
      for (const [i, value] of alphaBar.entries()) {
        const weight = lossWeight(value, prediction, Number(gamma));
        expect(Math.abs(weight / wanted[prediction][i] - 1), `${prediction} at ${value}`).toBeLessThan(1e-5);
      }
    }
  });
});
