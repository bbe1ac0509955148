import { describe, expect, it } from "vitest";
import { array, numbers, relativeError } from "../../test/graph/arrays.ts";
import { evaluate } from "../../test/graph/engine.ts";
import { ShapeError, UsageError } from "../errors.ts";
import { groupNorm, layerNorm } from "../nn/layers.ts";
import { Params } from "../nn/params.ts";
import { attention, conv } from "./functions.ts";
import { grad } from "./grad.ts";
import { nodesOf } from "./graph.ts";
import { toOnnx } from "./onnx.ts";
import { simplify } from "./simplify.ts";
import { input, Tensor } from "./tensor.ts";

const x = input("x", [4]);
const feeds = { x: array([-0.9, 0.3, 1.1, 2.4]) };

/** Elements of dx of Σ y. */
async function slope(y: Tensor): Promise<readonly number[]> {
  const { dx } = await evaluate({ dx: grad(y.sum(), [x])[0] }, feeds);
  return [...dx.data];
}

function each(f: (x: number) => number): readonly number[] {
  return Array.from(feeds.x.data, f);
}

function expectNear(got: readonly number[], wanted: readonly number[]): void {
  expect(relativeError(array(got), array(wanted))).toBeLessThan(1e-5);
}

describe("what a value gets from all its uses", () => {
  it("adds up over uses of one op", async () => {
    expectNear(
      await slope(x.mul(x).mul(x)),
      each((t) => 3 * t * t),
    );
  });

  it("adds up over paths that part and meet", async () => {
    const s = x.sin();
    expectNear(
      await slope(s.mul(x).add(s).sub(x.mul(2))),
      each((t) => Math.cos(t) * t + Math.sin(t) + Math.cos(t) - 2),
    );
  });

  it("counts 2³⁰ paths without walking them", async () => {
    let y: Tensor = x;
    for (let i = 0; i < 30; i++) y = y.add(y);
    expect(nodesOf(grad(y.sum(), [x])).length).toBeLessThan(200);
    expectNear(
      await slope(y),
      each(() => 2 ** 30),
    );
  });

  it("is found through more layers than the stack is deep", () => {
    let y: Tensor = x;
    for (let i = 0; i < 20_000; i++) y = y.sin();
    const [dx] = grad(y.sum(), [x]);
    const graph = simplify({ outputs: { dx } });
    expect(nodesOf([dx]).length).toBeGreaterThan(40_000);
    expect(toOnnx(graph).inputs.map(({ name }) => name)).toEqual(["x"]);
  });
});

describe("what a gradient is taken of", () => {
  it("is zeros of the right shape for a value that is not used, or not on a path", async () => {
    const unused = input("unused", [3, 2]);
    const other = input("other", [2]);
    const [a, b] = grad(x.sum().add(other.sum()), [unused, other]);
    expect(a.shape).toEqual([3, 2]);
    const { zeros, ones } = await evaluate({ zeros: a, ones: b });
    expect([...zeros.data]).toEqual([0, 0, 0, 0, 0, 0]);
    expect([...ones.data]).toEqual([1, 1]);
  });

  it("may be a value on the way, the loss itself, or one value twice", async () => {
    const s = x.sin();
    const loss = s.mul(s).sum();
    const [ds, dloss, dx, again] = grad(loss, [s, loss, x, x]);
    const got = await evaluate({ ds, dloss, dx, again }, feeds);
    expectNear(
      [...got.ds.data],
      each((t) => 2 * Math.sin(t)),
    );
    expect([...got.dloss.data]).toEqual([1]);
    expectNear(
      [...got.dx.data],
      each((t) => 2 * Math.sin(t) * Math.cos(t)),
    );
    expect(got.again.data).toEqual(got.dx.data);
  });

  it("may be one part of a split while the loss uses another", async () => {
    const [first, second] = x.split(0, [1, 3]);
    const [dfirst, dsecond] = grad(first.mul(second).sum(), [first, second]);
    const got = await evaluate({ dfirst, dsecond }, feeds);
    expectNear([...got.dfirst.data], [0.3 + 1.1 + 2.4]);
    expectNear([...got.dsecond.data], [-0.9, -0.9, -0.9]);
  });

  it("is of one float32 element, of any rank", () => {
    expect(grad(x.sum([0], true).reshape([1, 1]), [x])[0].shape).toEqual([4]);
    expect(() => grad(x, [x])).toThrow(ShapeError);
    expect(() => grad(x, [x])).toThrow("expected a loss of one float32 element, got float32[4]");
    expect(() => grad(x.sum().greater(0), [x])).toThrow("got bool[]");
  });
});

describe("ops without a gradient", () => {
  it("pass none on: what a comparison decides has slope 0", async () => {
    expect(await slope(x.less(1).cast("float32"))).toEqual([0, 0, 0, 0]);
    expect(await slope(x.less(1).where(x.mul(3), 5))).toEqual([3, 3, 0, 0]);
    expect(await slope(x.cast("int32").cast("float32").mul(x))).toEqual([0, 0, 1, 2]);
  });

  it("are refused by name on the path to the loss", () => {
    const outputs: Tensor[] = [];
    const node = { id: 0, op: "Less", inputs: [x, x], attributes: {}, outputs };
    outputs.push(new Tensor("float32", [], node));
    expect(() => grad(outputs[0], [x])).toThrow(UsageError);
    expect(() => grad(outputs[0], [x])).toThrow("Less has no gradient");
  });
});

describe("at kinks", () => {
  it("the slope is that of PyTorch", async () => {
    const y = input("x", [3]);
    const at = { x: array([-1, 0, 2]) };
    const outputs = { relu: y.relu(), abs: y.abs(), sign: y.sign(), max: y.maximum(0), clip: y.clip(0, 2) };
    const got = await evaluate(
      Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, grad(value.sum(), [y])[0]])),
      at,
    );
    expect(Object.fromEntries(Object.entries(got).map(([name, { data }]) => [name, [...data]]))).toEqual({
      relu: [0, 0, 1],
      abs: [-1, 0, 1],
      sign: [0, 0, 0],
      max: [0, 0.5, 1],
      clip: [0, 1, 1],
    });
  });
});

describe("gradients of gradients", () => {
  const positive = (f: (t: Tensor) => Tensor) => f(x.mul(x).add(0.5));
  const sigma = (t: number) => 1 / (1 + Math.exp(-t));

  it.each<[string, (t: Tensor) => Tensor, (t: number) => number]>([
    ["x³", (t) => t.pow(3), (t) => 6 * t],
    ["sin x", (t) => t.sin(), (t) => -Math.sin(t)],
    ["cos x", (t) => t.cos(), (t) => -Math.cos(t)],
    ["eˣ", (t) => t.exp(), Math.exp],
    ["tanh x", (t) => t.tanh(), (t) => -2 * Math.tanh(t) * (1 - Math.tanh(t) ** 2)],
    ["σ(x)", (t) => t.sigmoid(), (t) => sigma(t) * (1 - sigma(t)) * (1 - 2 * sigma(t))],
    ["x σ(x)", (t) => t.silu(), (t) => sigma(t) * (1 - sigma(t)) * (2 + t * (1 - 2 * sigma(t)))],
    ["erf x", (t) => t.erf(), (t) => ((-4 * t) / Math.sqrt(Math.PI)) * Math.exp(-t * t)],
    ["x Φ(x)", (t) => t.gelu(), (t) => ((2 - t * t) * Math.exp((-t * t) / 2)) / Math.sqrt(2 * Math.PI)],
    ["1 / x", (t) => t.reciprocal(), (t) => 2 / t ** 3],
    ["ln (x² + ½)", () => positive((t) => t.log()), (t) => 2 / (t * t + 0.5) - ((2 * t) / (t * t + 0.5)) ** 2],
    ["√(x² + ½)", () => positive((t) => t.sqrt()), (t) => 0.5 / (t * t + 0.5) ** 1.5],
    ["(x / (x² + ½))", (t) => t.div(t.mul(t).add(0.5)), (t) => (2 * t * (t * t - 1.5)) / (t * t + 0.5) ** 3],
  ])("%s has the second derivative of the closed form", async (_, f, second) => {
    const [dx] = grad(f(x).sum(), [x]);
    expectNear(await slope(dx), each(second));
  });

  it("of a small network are the differences of its gradients", async () => {
    const shapes = { x: [2, 4, 3, 4], kernel: [4, 4, 3, 3], weight: [4], bias: [4] };
    const inputs = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, input(name, shape)]));
    const params = new Params({ parameter: (path) => inputs[path], has: () => true });
    const normal = groupNorm(params, conv(inputs.x, inputs.kernel, undefined, { padding: 1 }), {
      groups: 2,
      eps: 1e-2,
    });
    const rows = layerNorm(params, normal.silu().reshape([2, 4, 12]).transpose([0, 2, 1]), { eps: 1e-2 });
    const loss = attention(rows, rows, rows, { heads: 2 }).gelu().softmax().mul(rows).sum();
    const point = Object.fromEntries(
      Object.entries(shapes).map(([name, shape], i) => [name, numbers(shape, { seed: i })]),
    );
    const [dx, dkernel] = grad(loss, [inputs.x, inputs.kernel]);
    const along = numbers(shapes.x, { seed: 9 });
    const v = input("v", shapes.x);
    const [curvature, mixed] = grad(dx.mul(v).sum(), [inputs.x, inputs.kernel]);
    const exact = await evaluate({ curvature, mixed }, { ...point, v: along });
    const h = 1e-2;
    const moved = (by: number) => ({
      ...point,
      x: array(
        Array.from(point.x.data, (t, i) => t + by * along.data[i]),
        shapes.x,
      ),
    });
    const [left2, left, right, right2] = await Promise.all(
      [-2 * h, -h, h, 2 * h].map((by) => evaluate({ dx, dkernel }, moved(by))),
    );
    for (const [name, of] of [
      ["curvature", "dx"],
      ["mixed", "dkernel"],
    ] as const) {
      const difference = (i: number) =>
        (8 * (right[of].data[i] - left[of].data[i]) - (right2[of].data[i] - left2[of].data[i])) / (12 * h);
      const expected = { shape: exact[name].shape, data: exact[name].data.map((_, i) => difference(i)) };
      expect(relativeError(exact[name], expected), name).toBeLessThan(1e-3);
    }
  });
});
