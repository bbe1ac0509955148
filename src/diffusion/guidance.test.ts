import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UsageError } from "../errors.ts";
import { denoiser } from "./denoiser.ts";
import { type Branch, branches, guide } from "./guidance.ts";

const outputs = {
  both: Float32Array.of(0.3, -1.2, 2.5),
  image: Float32Array.of(0.1, 0.8, -0.4),
  none: Float32Array.of(-0.7, 0.2, 1.1),
};

async function model(_x: Float32Array, _t: number, needed: readonly Branch[]): Promise<Float32Array[]> {
  return needed.map(({ text, image }) => (text ? outputs.both : image ? outputs.image : outputs.none));
}

const x = new Float32Array(3);

describe("guidance", () => {
  it("is the three-term formula for all scales, however many evaluations it takes", async () => {
    const scale = fc.oneof(fc.constantFrom(0, 1, 1.5, 7.5), fc.double({ min: -2, max: 20, noNaN: true }));
    await fc.assert(
      fc.asyncProperty(scale, scale, async (textGuidance, imageGuidance) => {
        const actual = await guide(model, { textGuidance, imageGuidance })(x, 1);
        for (const [i, none] of outputs.none.entries()) {
          const formula =
            none + textGuidance * (outputs.both[i] - outputs.image[i]) + imageGuidance * (outputs.image[i] - none);
          expect(Math.abs(actual[i] - formula)).toBeLessThan(1e-5);
        }
      }),
      { seed: 1 },
    );
  });

  it.each([
    [7.5, 1.5, ["text+image", "image", "none"]],
    [7.5, 1, ["text+image", "image"]],
    [1.5, 1.5, ["text+image", "none"]],
    [0, 1.5, ["image", "none"]],
    [7.5, 0, ["text+image", "image", "none"]],
    [1, 1, ["text+image"]],
    [0, 1, ["image"]],
    [0, 0, ["none"]],
  ])("evaluates for s_T = %f and s_I = %f only what counts", (textGuidance, imageGuidance, expected) => {
    const needed = branches({ textGuidance, imageGuidance });
    expect(needed.map(({ text, image }) => (text ? "text+image" : image ? "image" : "none"))).toEqual(expected);
    expect(needed.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 12);
  });

  it("is the same on what the network predicts as on denoised samples", async () => {
    const scales = { textGuidance: 7.5, imageGuidance: 1.5 };
    const noisy = Float32Array.of(1, -2, 0.5);
    for (const prediction of ["epsilon", "v_prediction"] as const) {
      const guided = await denoiser(guide(model, scales), prediction)(noisy, 3, 500);
      const each = branches(scales).map(async (branch) => ({
        weight: branch.weight,
        denoised: await denoiser(async () => (await model(x, 1, [branch]))[0], prediction)(noisy, 3, 500),
      }));
      const sum = [0, 0, 0];
      for (const { weight, denoised } of await Promise.all(each)) {
        for (const [i, value] of denoised.entries()) sum[i] += weight * value;
      }
      expect(Array.from(guided)).toEqual(sum.map((value) => expect.closeTo(value, 4)));
    }
  });

  it("refuses scales that are not finite", () => {
    expect(() => branches({ textGuidance: Number.NaN, imageGuidance: 1 })).toThrow(UsageError);
    expect(() => branches({ textGuidance: 7, imageGuidance: Infinity })).toThrow(/image Infinity/);
  });
});

describe("denoiser", () => {
  it("recovers x0 from a perfect network, for each kind of prediction", async () => {
    const [x0, eps, sigma] = [Float32Array.of(0.5, -1.5), Float32Array.of(1.25, 0.75), 2];
    const alpha = 1 / Math.hypot(sigma, 1);
    const noisy = x0.map((value, i) => value + sigma * eps[i]);
    const told = {
      epsilon: eps,
      v_prediction: eps.map((e, i) => alpha * e - sigma * alpha * x0[i]),
      sample: x0,
    };
    for (const prediction of ["epsilon", "v_prediction", "sample"] as const) {
      let seen: Float32Array | undefined;
      const network = async (scaled: Float32Array, t: number) => {
        seen = scaled;
        expect(t).toBe(749.25);
        return told[prediction];
      };
      const denoised = await denoiser(network, prediction)(noisy, sigma, 749.25);
      expect(Array.from(denoised)).toEqual(Array.from(x0, (value) => expect.closeTo(value, 6)));
      expect(seen?.[0]).toBeCloseTo(noisy[0] * alpha, 6);
    }
  });
});
