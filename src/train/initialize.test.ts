import { describe, expect, it } from "vitest";
import { torchCpuRandom } from "../random.ts";
import { initialValues, isLastOfBlock } from "./initialize.ts";

const shapes = new Map<string, readonly number[]>([
  ["conv.weight", [40, 30, 3, 3]],
  ["conv.bias", [4000]],
  ["time_embedding.linear_1.weight", [128, 64]],
  ["time_embedding.linear_1.bias", [128]],
  ["text_model.embeddings.token_embedding.weight", [300, 40]],
  ["vision_model.embeddings.class_embedding", [4000]],
  ["norm.weight", [12]],
  ["norm.bias", [12]],
  ["mid_block.resnets.0.conv2.weight", [8, 8, 3, 3]],
  ["mid_block.resnets.0.conv2.bias", [8]],
]);

function values(path: string, seed = 1, zero?: (path: string) => boolean): Float32Array {
  return initialValues(path, shapes, torchCpuRandom(seed), { zero });
}

function deviation(data: Float32Array): number {
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  return Math.sqrt(data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length);
}

describe("initial values", () => {
  it.each([
    ["a convolution", "conv.weight", 30 * 9],
    ["its bias", "conv.bias", 30 * 9],
    ["a linear layer, also that of the time embedding", "time_embedding.linear_1.weight", 64],
  ])("of %s are uniform up to 1 / √fanIn", (_, path, fan) => {
    const data = values(path);
    const bound = 1 / Math.sqrt(fan);
    const largest = data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(largest).toBeLessThanOrEqual(bound);
    expect(largest).toBeGreaterThan(0.99 * bound);
    expect(deviation(data) / (bound / Math.sqrt(3))).toBeCloseTo(1, 1);
  });

  it.each(["text_model.embeddings.token_embedding.weight", "vision_model.embeddings.class_embedding"])(
    "of %s are normal with deviation 0.02",
    (path) => {
      const data = values(path);
      expect(deviation(data) / 0.02).toBeCloseTo(1, 1);
      expect(data.some((value) => Math.abs(value) > 2.5 * 0.02)).toBe(true);
    },
  );

  it("of normalisations are ones and zeros", () => {
    expect([...values("norm.weight")]).toEqual(Array(12).fill(1));
    expect([...values("norm.bias")]).toEqual(Array(12).fill(0));
  });

  it("are zeros at the end of blocks if so wanted", () => {
    const last = ["mid_block.resnets.0.conv2.weight", "mid_block.resnets.0.conv2.bias"];
    for (const path of last) {
      expect(values(path, 1, isLastOfBlock).every((value) => value === 0)).toBe(true);
      expect(values(path).some((value) => value !== 0)).toBe(true);
    }
    expect(values("conv.weight", 1, isLastOfBlock)[0]).not.toBe(0);
    expect(["conv_out.weight", "a.proj_out.bias", "a.conv_out2.weight", "a.conv1.bias"].map(isLastOfBlock)).toEqual([
      ...[true, true, false, false],
    ]);
  });

  it("are those of their seed", () => {
    expect(values("conv.weight", 5)).toEqual(values("conv.weight", 5));
    expect(values("conv.weight", 5)).not.toEqual(values("conv.weight", 6));
  });
});
