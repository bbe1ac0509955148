import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluate } from "../../test/graph/engine.ts";
import { ShapeError } from "../errors.ts";
import { attention, conv, gemm, resizeNearest } from "./functions.ts";
import { concat, constant, full, input, scalar, type Tensor } from "./tensor.ts";

const x = input("x", [2, 3, 4]);
const image = input("image", [2, 3, 8, 6]);

describe("shapes", () => {
  it.each<[string, Tensor, readonly number[]]>([
    ["reshape infers an extent", x.reshape([4, -1]), [4, 6]],
    ["unsqueeze counts in the result", x.unsqueeze(0, 3), [1, 2, 3, 1, 4]],
    ["unsqueeze counts from the back", x.unsqueeze(-1), [2, 3, 4, 1]],
    ["sum over all axes is a scalar", x.sum(), []],
    ["sum over no axes is the tensor", x.sum([]), [2, 3, 4]],
    ["mean keeps extents of 1", x.mean([1, -1], true), [2, 1, 1]],
    ["broadcasting works from the back", x.add(input("row", [3, 1])), [2, 3, 4]],
    ["a number is a scalar", x.mul(2), [2, 3, 4]],
    ["concat counts axes from the back", concat([x, x], -1), [2, 3, 8]],
    ["concat of one tensor is the tensor", concat([x], 1), [2, 3, 4]],
    [
      "conv with padding on some sides",
      conv(image, input("k", [5, 3, 3, 3]), undefined, { stride: 2, padding: [0, 0, 1, 1] }),
      [2, 5, 4, 3],
    ],
    ["gather replaces the first axis", input("t", [7, 5]).gather(input("i", [2, 3], "int32")), [2, 3, 5]],
    ["full keeps a scalar a scalar", full([], 3), []],
  ])("%s", (_, value, shape) => expect(value.shape).toEqual(shape));

  it("an operation that changes nothing is the tensor itself", () => {
    expect(x.cast("float32")).toBe(x);
    expect(x.sum([])).toBe(x);
  });
});

describe("refusals say what does not fit", () => {
  it.each<[string, () => unknown, RegExp]>([
    ["unequal shapes", () => x.add(input("y", [2])), /Add\(float32\[2, 3, 4\], float32\[2\]\).*do not broadcast/],
    ["unequal types", () => x.mul(input("i", [4], "int32")), /Mul.*one type, got float32 and int32/],
    ["a condition that is not bool", () => x.where(x, x), /Where.*bool condition, got float32/],
    ["too few elements", () => x.reshape([5, 5]), /Reshape.*expected 24 elements, got \[5, 5\]/],
    ["elements that cannot be spread", () => x.reshape([5, -1]), /24 elements do not fit into \[5, -1\]/],
    ["two unknown extents", () => x.reshape([-1, -1]), /Reshape.*expected 24 elements/],
    ["an order with an axis missing", () => x.transpose([0, 1]), /Transpose.*an order of 3 axes, got \[0, 1\]/],
    ["an order with an axis twice", () => x.transpose([0, 1, 1]), /Transpose.*got \[0, 1, 1\]/],
    ["an axis out of range", () => x.softmax(0).sum([3]), /axis in -3 … 2, got 3/],
    ["a new axis out of range", () => x.unsqueeze(4), /axis in -4 … 3, got 4/],
    ["an empty slice", () => x.slice(1, 2, 2), /Slice.*axis 1 of \[2, 3, 4\] is empty/],
    ["a step of 0", () => x.slice(1, 0, 2, 0), /Slice.*step other than 0/],
    ["parts that do not make the whole", () => x.split(1, [1, 1]), /Split.*sizes \[1, 1\] do not make 3/],
    ["negative padding", () => x.pad([0, 0, -1], [0, 0, 0]), /Pad.*6 amounts ≥ 0/],
    ["parts of unequal extents", () => concat([x, image], 0), /Concat.*equal types and extents/],
    ["indices that are not int32", () => x.gather(input("i", [2])), /Gather.*int32 indices, got float32/],
    ["matrices that do not fit", () => x.matmul(x), /MatMul.*inner extents 4 and 3 differ/],
    ["a vector as a matrix", () => x.matmul(input("v", [4])), /MatMul.*expected matrices/],
    ["rank 3 where matrices belong", () => gemm(x, x), /Gemm.*two matrices/],
    [
      "a bias too large",
      () => gemm(input("a", [2, 3]), input("b", [4, 3]), input("c", [5])),
      /Gemm.*do not broadcast|Gemm.*does not fit/,
    ],
    ["other channels", () => conv(image, input("k", [5, 4, 3, 3])), /Conv.*expected 4 channels, got \[2, 3, 8, 6\]/],
    ["another bias", () => conv(image, input("k", [5, 3, 3, 3]), input("b", [3])), /Conv.*a bias of \[5\]/],
    [
      "a kernel larger than the image",
      () => conv(image, input("k", [5, 3, 9, 9])),
      /Conv.*larger than the padded input/,
    ],
    ["heads that do not divide", () => attention(x, x, x, { heads: 3 }), /MultiHeadAttention.*3 heads × depth/],
    [
      "other batches of keys",
      () => attention(x, input("k", [1, 3, 4]), input("v", [1, 3, 4]), { heads: 2 }),
      /do not fit each other/,
    ],
    [
      "hidden keys of another length",
      () => attention(x, input("k", [2, 5, 4]), input("v", [2, 5, 4]), { heads: 2, causal: true }),
      /as many keys as queries/,
    ],
    [
      "a shape that is computed",
      () => constant(new Float32Array(3), [2]),
      /constant: expected 2 elements for \[2\], got 3/,
    ],
  ])("%s", (_, build, message) => {
    expect(build).toThrow(ShapeError);
    expect(build).toThrow(message);
  });
});

describe("slices", () => {
  it("take what NumPy's slices take", async () => {
    const bound = fc.integer({ min: -9, max: 9 });
    const step = fc.integer({ min: -4, max: 4 }).filter((by) => by !== 0);
    const slices = fc.sample(fc.record({ extent: fc.integer({ min: 1, max: 6 }), start: bound, end: bound, step }), {
      numRuns: 300,
      seed: 4,
    });
    const outputs: Record<string, Tensor> = {};
    const expected: Record<string, number[]> = {};
    for (const { extent, start, end, step } of slices) {
      const name = `${start}:${end}:${step} of ${extent}`;
      const taken = pythonSlice(extent, start, end, step);
      const counts = constant(
        Float32Array.from({ length: extent }, (_, i) => i),
        [extent],
      );
      if (taken.length === 0) expect(() => counts.slice(0, start, end, step), name).toThrow(/empty/);
      else {
        outputs[name] = counts.slice(0, start, end, step);
        expected[name] = taken;
      }
    }
    expect(Object.keys(outputs).length).toBeGreaterThan(80);
    const got = await evaluate(outputs);
    for (const [name, taken] of Object.entries(expected)) expect([...got[name].data], name).toEqual(taken);
  });
});

describe("nearest-neighbour resizing", () => {
  const extents = Array.from({ length: 40 }, (_, i) => i + 1);
  const counts = (length: number) =>
    constant(
      Float32Array.from({ length }, (_, i) => i),
      [1, 1, 1, length],
    );

  it("takes element ⌊i · in / out⌋, or is refused, for every pair of sizes up to 40", async () => {
    const outputs: Record<string, Tensor> = {};
    const refused: string[] = [];
    for (const from of extents) {
      for (const to of extents) {
        try {
          outputs[`${from} ${to}`] = resizeNearest(counts(from), 1, to);
        } catch (error) {
          refused.push(`${from} ${to}: ${error}`);
        }
      }
    }
    const got = await evaluate(outputs);
    for (const [name, { data }] of Object.entries(got)) {
      const [from, to] = name.split(" ").map(Number);
      expect([...data], name).toEqual(Array.from({ length: to }, (_, i) => Math.floor((i * from) / to)));
    }
    expect(refused.length).toBeLessThan(160);
    expect(refused).toContain(
      "14 2: ShapeError: Resize(float32[1, 1, 1, 14], –, –, int64[4]): engines would miss pixels by rounding from 14 to 2",
    );
  });

  it("never refuses what an up-sampling block asks for", () => {
    for (let n = 1; n <= 400; n++) {
      expect(resizeNearest(counts(n), 1, 2 * n).shape).toEqual([1, 1, 1, 2 * n]);
      expect(resizeNearest(counts(n), 1, 2 * n - 1).shape).toEqual([1, 1, 1, 2 * n - 1]);
    }
  });
});

/** range(extent)[start:end:step] as Python has it. */
function pythonSlice(extent: number, start: number, end: number, step: number): number[] {
  const from = start < 0 ? start + extent : start;
  const to = end < 0 ? end + extent : end;
  const taken: number[] = [];
  const [low, high] = step > 0 ? [0, extent] : [-1, extent - 1];
  const clamp = (position: number) => Math.min(Math.max(position, low), high);
  for (let i = clamp(from); step > 0 ? i < clamp(to) : i > clamp(to); i += step) taken.push(i);
  return taken;
}

describe("edges of the number line", () => {
  it("a zero vector keeps length 0", async () => {
    const { unit } = await evaluate({ unit: constant(new Float32Array(3), [3]).l2Normalize() });
    expect([...unit.data]).toEqual([0, 0, 0]);
  });

  it("the largest of attention scores may be far from the others", async () => {
    const rows = constant(Float32Array.of(300, 0, 0, 300), [1, 2, 2]);
    const values = constant(Float32Array.of(1, 2, 3, 4), [1, 2, 2]);
    const { y } = await evaluate({ y: attention(rows, rows, values, { heads: 1 }) });
    expect([...y.data]).toEqual([1, 2, 3, 4]);
  });

  it("scalars are read as numbers", async () => {
    const { y } = await evaluate({ y: scalar(1.5).exp() });
    expect(y.shape).toEqual([]);
    expect(y.data[0]).toBeCloseTo(Math.exp(1.5), 5);
  });
});
