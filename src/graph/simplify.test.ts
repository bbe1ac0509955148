import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { array, numbers, relativeError } from "../../test/graph/arrays.ts";
import { evaluate } from "../../test/graph/engine.ts";
import type { DType } from "../ndarray.ts";
import { nodesOf } from "./graph.ts";
import type { Storage } from "./node.ts";
import { simplify } from "./simplify.ts";
import { concat, constant, full, input, scalar, type Tensor, weight } from "./tensor.ts";

const x = input("x", [2, 3]);
const y = input("y", [2, 3]);

function simplified(value: Tensor): Tensor {
  return simplify({ outputs: { value } }).outputs.value;
}

/** Ops of what a value becomes, in order of execution. */
function opsOf(value: Tensor): string[] {
  return nodesOf([simplified(value)]).map((node) => node.op);
}

describe("constants", () => {
  it.each<[string, Tensor, readonly number[], readonly number[]]>([
    ["scalars", scalar(2).add(3).mul(scalar(4).neg()), [], [-20]],
    [
      "broadcast",
      array1(1, 2)
        .reshape([2, 1])
        .mul(array1(10, 20, 30)),
      [2, 3],
      [10, 20, 30, 20, 40, 60],
    ],
    ["functions", array1(0, 1).exp().log().add(1), [2], [1, 2]],
    ["rank 0 with rank 2", scalar(1).sub(array1(1, 2).reshape([1, 2])), [1, 2], [0, -1]],
  ])("are computed: %s", (_, value, shape, data) => {
    const { source, shape: got } = simplified(value);
    expect(got).toEqual(shape);
    expect(source).toMatchObject({ kind: "constant", data: Float32Array.from(data) });
  });

  it("are rounded to float32 at every step, as engines do", () => {
    const value = scalar(1e8).add(1).sub(1e8);
    expect(simplified(value).source).toMatchObject({ data: Float32Array.of(0) });
  });

  it("that are large stay formulas", () => {
    const big = constant(new Float32Array(5000), [5000]);
    expect(opsOf(big.exp())).toEqual(["Exp"]);
    expect(opsOf(full([100, 100], 3).add(x.reshape([6, 1, 1])))).toEqual(["Expand", "Reshape", "Add"]);
  });

  it("of equal content are one; 0 and −0 are not equal", () => {
    const sum = x
      .mul(scalar(3))
      .add(y.mul(scalar(3)))
      .add(x.div(0))
      .add(x.div(-0));
    const constants = new Set(
      nodesOf([simplified(sum)]).flatMap(({ inputs }) => inputs.filter((value) => value?.rank === 0)),
    );
    expect(constants.size).toBe(3);
  });
});

describe("operations that do nothing disappear", () => {
  it.each<[string, Tensor]>([
    ["a reshape to the same shape", x.reshape([2, 3])],
    ["reshapes there and back", x.reshape([6]).reshape([3, 2]).reshape([2, 3])],
    ["transpositions there and back", x.transpose([1, 0]).transpose([1, 0])],
    ["a transposition that moves nothing", x.transpose([0, 1])],
    ["an expansion to the same shape", x.expand([2, 3])],
    ["no padding", x.pad([0, 0], [0, 0])],
    ["the slice of everything", x.slice(0, 0, 100)],
    ["two signs", x.neg().neg()],
    ["adding zeros", x.add(0).sub(array1(0, 0, 0))],
    ["multiplying by ones", x.mul(1).div(array1(1, 1, 1))],
    ["all of these", x.add(0).reshape([6]).mul(1).reshape([2, 3]).neg().transpose([1, 0]).transpose([1, 0]).neg()],
  ])("%s", (_, value) => expect(simplified(value)).toBe(x));

  it.each<[string, Tensor, readonly string[]]>([
    ["adding zeros that broadcast", input("s", []).add(array1(0, 0, 0)), ["Add"]],
    ["zero minus", scalar(0).sub(x), ["Sub"]],
    ["a slice backwards", x.slice(1, 2, -4, -1), ["Slice"]],
    ["an operand that is not all zeros", x.add(array1(0, 0, 1)), ["Add"]],
    ["a rounding cast", x.cast("float16").cast("float32"), ["Cast", "Cast"]],
  ])("but not %s", (_, value, ops) => expect(opsOf(value)).toEqual(ops));

  it("pairs become one", () => {
    expect(opsOf(x.reshape([6]).reshape([3, 2]))).toEqual(["Reshape"]);
    const cube = input("c", [2, 3, 4]).transpose([2, 0, 1]).transpose([1, 0, 2]);
    const [node] = nodesOf([simplified(cube)]);
    expect(node.attributes).toEqual({ perm: [0, 2, 1] });
    expect(node.outputs[0].shape).toEqual(cube.shape);
  });
});

describe("common subexpressions", () => {
  it("are computed once, however they are written", () => {
    expect(opsOf(x.sin().add(x.sin()))).toEqual(["Sin", "Add"]);
    expect(opsOf(x.mul(y.exp()).add(x.mul(y.reshape([2, 3]).exp())))).toEqual(["Exp", "Mul", "Add"]);
    const [flat, again] = [x.reshape([6]), x.reshape([3, 2]).reshape([6])];
    expect(opsOf(flat.add(again))).toEqual(["Reshape", "Add"]);
  });

  it("differ by op, operands, attributes and constants", () => {
    expect(opsOf(x.sin().add(x.cos())).length).toBe(3);
    expect(opsOf(x.sub(y).add(y.sub(x))).length).toBe(3);
    expect(opsOf(x.silu().add(x.quickGelu())).length).toBe(3);
    expect(opsOf(x.softmax(0).add(x.softmax(1))).length).toBe(3);
    expect(opsOf(x.slice(1, 0, 1).add(x.slice(1, 1, 2))).length).toBe(3);
  });

  it("with several outputs keep them apart", () => {
    const [a] = x.split(1, [1, 2]);
    const [, b] = x.split(1, [1, 2]);
    expect(opsOf(a.add(b))).toEqual(["Split", "Add"]);
    expect(simplified(b).shape).toEqual([2, 2]);
  });
});

describe("weights", () => {
  const storage: Storage = { file: "w.safetensors", offset: 1000, length: 4 * 6 * 5 * 4 };
  const stored = weight("w", "float32", [4, 6, 5], storage);

  function place(value: Tensor): Storage {
    const { source } = simplified(value);
    if (!("kind" in source) || source.kind !== "weight") throw new Error("expected a weight");
    return source.storage;
  }

  it.each<[string, Tensor, number, number]>([
    ["a reshape", stored.reshape([24, 5]), 1000, 480],
    ["rows", stored.slice(0, 1, 3), 1000 + 120, 240],
    ["the last rows", stored.slice(0, 3, 100), 1000 + 360, 120],
    ["rows of a reshape", stored.reshape([24, 5]).slice(0, 7, 9), 1000 + 140, 40],
    ["rows of rows, reshaped", stored.slice(0, 1, 4).slice(0, 1, 2).reshape([5, 6]), 1000 + 240, 120],
    ["rows reshaped, and rows of that", stored.slice(0, 2, 3).reshape([6, 5]).slice(0, 5, 6), 1000 + 240 + 100, 20],
  ])("%s of them is another place in the file", (_, value, offset, length) => {
    expect(place(value)).toEqual({ file: "w.safetensors", offset, length });
    expect(simplified(value).shape).toEqual(value.shape);
  });

  it.each<[DType, number]>([
    ["float16", 2],
    ["bfloat16", 2],
    ["float64", 8],
  ])("of %s are moved below their cast", (dtype, bytes) => {
    const half = weight("w", dtype, [4, 6], { file: "w", offset: 11, length: 24 * bytes });
    const rows = simplified(half.cast("float32").reshape([6, 4]).slice(0, 2, 5).reshape([12]));
    expect(rows.dtype).toBe("float32");
    expect(rows.node?.op).toBe("Cast");
    const below = rows.node?.inputs[0];
    expect(`${below}`).toBe(`${dtype}[12]`);
    expect(below?.source).toMatchObject({ storage: { offset: 11 + 8 * bytes, length: 12 * bytes } });
  });

  it("are cast once, whatever views are taken of them", () => {
    const half = weight("w", "float16", [4, 6], { file: "w", offset: 0, length: 48 }).cast("float32");
    expect(opsOf(concat([half.reshape([24]), half.reshape([2, 12]).reshape([24])], 0))).toEqual(["Cast", "Concat"]);
  });

  it.each<[string, Tensor, readonly string[]]>([
    ["columns", stored.slice(1, 0, 2), ["Slice"]],
    ["every other row", stored.slice(0, 0, 4, 2), ["Slice"]],
    ["rows backwards", stored.slice(0, 3, -5, -1), ["Slice"]],
    ["a transposition", stored.transpose([1, 0, 2]), ["Transpose"]],
  ])("stay where they are for %s", (_, value, ops) => expect(opsOf(value)).toEqual(ops));

  it("at one place, in one shape, are one; in two shapes they are two", () => {
    const again = weight("other name", "float32", [4, 6, 5], { ...storage });
    expect(opsOf(stored.exp().add(again.exp()))).toEqual(["Exp", "Add"]);
    const flat = weight("w", "float32", [120], { ...storage });
    expect(opsOf(stored.exp().reshape([120]).add(flat.exp())).filter((op) => op === "Exp").length).toBe(2);
    const elsewhere = weight("w", "float32", [4, 6, 5], { ...storage, file: "v.safetensors" });
    expect(opsOf(stored.exp().add(elsewhere.exp())).length).toBe(3);
  });
});

describe("outputs", () => {
  it("keep their names, also two of one value, and leaves", () => {
    const sum = x.add(y);
    const { outputs } = simplify({ outputs: { a: sum, b: x.add(y), in: x.add(0), two: scalar(1).add(1) } });
    expect(Object.keys(outputs)).toEqual(["a", "b", "in", "two"]);
    expect(outputs.b).toBe(outputs.a);
    expect(outputs.in).toBe(x);
    expect(outputs.two.source).toMatchObject({ kind: "constant" });
  });

  it("are all that is computed", () => {
    x.exp().add(y);
    expect(opsOf(x.sin())).toEqual(["Sin"]);
  });
});

/** Steps of a random program: what to do to one of the values made so far, and to a second one. */
const step = fc.record({ kind: fc.nat(17), first: fc.nat(), second: fc.nat(), number: fc.constantFrom(0, 1, -1, 0.5) });

function perform(
  { kind, first, second, number }: { kind: number; first: number; second: number; number: number },
  values: Tensor[],
): Tensor {
  const a = values[first % values.length];
  const b = values[second % values.length];
  const [rows, columns] = a.shape;
  const fits = `${a.shape}` === `${b.shape}`;
  const steps: (() => Tensor)[] = [
    () => a.reshape([columns, rows]),
    () => a.transpose([1, 0]),
    () => a.reshape([-1]).reshape([rows, columns]),
    () => a.slice(1, 0, columns),
    () => a.slice(0, rows - 1, -rows - 1, -1),
    () => a.neg(),
    () => a.add(number),
    () => a.sub(number),
    () => a.mul(number),
    () => a.sin(),
    () => a.pad([0, 0], [0, 0]),
    () => a.cast("float64").cast("float32"),
    () => (fits ? a.add(b) : a.matmul(b)),
    () => (fits ? a.mul(b) : b.matmul(a)),
    () => (fits ? a.sub(b) : a.tanh()),
    () => concat(a.split(0, [1, rows - 1]), 0),
    () =>
      constant(
        Float32Array.from({ length: rows * columns }, (_, i) => number * i),
        [rows, columns],
      ),
    () => (fits ? a.greater(b).where(a, b) : a.cos()),
  ];
  return steps[kind]();
}

describe("a random program", () => {
  it("computes the same after simplification, which then finds nothing more to do", async () => {
    const feeds = { x: numbers([2, 3]), y: numbers([2, 3], { seed: 2 }), z: numbers([3, 2], { seed: 3 }) };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
        const operands: Tensor[] = [x, y, input("z", [3, 2])];
        const outputs: Record<string, Tensor> = {};
        for (const [i, each] of steps.entries()) {
          const made = perform(each, operands);
          outputs[`out ${i}`] = made;
          // Products of both shapes are square; they are results, not operands.
          if (made.shape[0] !== made.shape[1]) operands.push(made);
        }
        const short = simplify({ outputs });
        expect(nodesOf(Object.values(short.outputs)).length).toBeLessThanOrEqual(
          nodesOf(Object.values(outputs)).length,
        );
        expect(nodesOf(Object.values(simplify(short).outputs))).toEqual(nodesOf(Object.values(short.outputs)));
        const wanted = await evaluate(outputs, feeds);
        const got = await evaluate(short.outputs, feeds);
        for (const name of Object.keys(outputs))
          expect(relativeError(got[name], wanted[name]), name).toBeLessThan(1e-5);
      }),
      { numRuns: 200, seed: 7 },
    );
  });
});

function array1(...data: number[]): Tensor {
  return constant(array(data).data, [data.length]);
}
