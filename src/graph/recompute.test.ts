import { describe, expect, it } from "vitest";
import { array, integers, numbers, relativeError } from "../../test/graph/arrays.ts";
import { evaluate } from "../../test/graph/engine.ts";
import { attention, conv } from "./functions.ts";
import { grad } from "./grad.ts";
import { nodesOf } from "./graph.ts";
import { recompute } from "./recompute.ts";
import { simplify } from "./simplify.ts";
import { input, type Tensor } from "./tensor.ts";

/** Marks a segment, or does not. */
type Mark = <Result extends Tensor | readonly Tensor[]>(build: () => Result) => Result;

const unmarked: Mark = (build) => build();

const x = input("x", [2, 4, 5, 3]);
const kernel = input("kernel", [4, 4, 3, 3]);
const second = input("second", [4, 4, 3, 3]);
const scale = input("scale", []);
const table = input("table", [6, 4]);
const ids = input("ids", [2, 3], "int32");
const inputs: readonly Tensor[] = [x, kernel, second, scale, table];

const feeds = {
  x: numbers([2, 4, 5, 3], { seed: 1 }),
  kernel: numbers([4, 4, 3, 3], { seed: 2, scale: 0.5 }),
  second: numbers([4, 4, 3, 3], { seed: 3, scale: 0.5 }),
  scale: array([0.7], []),
  table: numbers([6, 4], { seed: 4 }),
  ids: integers([5, 0, 5, 2, 2, 1], [2, 3]),
};

const filter = (h: Tensor, weight: Tensor) => conv(h, weight, undefined, { padding: 1 });

interface Network {
  readonly name: string;
  /** Builds a loss, marking some of it. */
  readonly build: (mark: Mark) => Tensor;
  /** The forward pass's results that the backward pass may read when segments are marked, by op. */
  readonly kept: readonly string[];
  /** An op of the segment that is computed a second time. */
  readonly again: string;
}

const networks: readonly Network[] = [
  {
    name: "one segment",
    build(mark) {
      const h = filter(x, kernel);
      const y = mark(() => filter(h.silu(), second).gelu().mul(h));
      return y.mul(y).mean();
    },
    kept: ["Conv", "Mul"],
    again: "QuickGelu",
  },
  {
    name: "a segment that begins at the graph's inputs",
    build(mark) {
      const y = mark(() => filter(x, kernel).silu().exp());
      return y.mul(y).mean();
    },
    kept: ["Exp"],
    again: "QuickGelu",
  },
  {
    name: "a segment with two outputs, used apart",
    build(mark) {
      const h = x.sin();
      const [a, b] = mark(() => {
        const inner = filter(h, kernel).tanh();
        return [inner.exp(), inner.mul(h).sigmoid()];
      });
      return a.mean().add(conv(b, second).sum().mul(0.1)).add(a.mul(b).sum());
    },
    kept: ["Exp", "Sigmoid", "Sin"],
    again: "Tanh",
  },
  {
    name: "a segment of whose outputs one is used",
    build(mark) {
      const [part] = mark(() => x.sin().mul(scale).split(1, [1, 3]));
      return part.tanh().sum();
    },
    kept: ["Tanh"],
    again: "Sin",
  },
  {
    name: "segments in a row that share a parameter",
    build(mark) {
      let h = x.sin();
      for (let i = 0; i < 3; i++) {
        const before = h;
        h = mark(() => filter(before.silu(), kernel).tanh().add(before));
      }
      return h.mul(h).mean();
    },
    kept: ["Add", "Add", "Add", "Sin"],
    again: "Tanh",
  },
  {
    name: "nested segments: what enters and leaves the inner one is kept too",
    build(mark) {
      const h = x.cos();
      const y = mark(() => {
        const a = filter(h, kernel).tanh();
        const b = mark(() => filter(a.gelu(), second).sigmoid().sub(a));
        return b.exp().mul(a).mul(h);
      });
      return y.mean();
    },
    kept: ["Cos", "Sub", "Tanh"],
    again: "Gelu",
  },
  {
    name: "a segment that scalars and integers enter",
    build(mark) {
      const s = scale.exp();
      const rows = mark(() => table.gather(ids).mul(s).add(s.sin().mul(s)).exp());
      return attention(rows, rows, rows, { heads: 2 }).sum();
    },
    kept: ["Exp", "Exp"],
    again: "Gather",
  },
  {
    name: "a segment of scalars",
    build(mark) {
      const s = scale.exp();
      return mark(() => s.sin().mul(s).exp());
    },
    kept: ["Exp"],
    again: "Sin",
  },
];

function named(values: readonly Tensor[], prefix: string): Record<string, Tensor> {
  return Object.fromEntries(values.map((value, i) => [`${prefix} ${i}`, value]));
}

describe("marking a segment", () => {
  it.each(networks)("changes no numbers: $name", async ({ build }) => {
    const [loss, marked] = [build(unmarked), build(recompute)];
    const [wanted, got] = [grad(loss, inputs), grad(marked, inputs)];
    const outputs: Awaited<ReturnType<typeof evaluate>> = await evaluate(
      { loss, marked, ...named(wanted, "wanted"), ...named(got, "got") },
      feeds,
    );
    expect(outputs.marked).toEqual(outputs.loss);
    for (const [i, value] of inputs.entries()) {
      expect(got[i].shape).toEqual(value.shape);
      expect(relativeError(outputs[`got ${i}`], outputs[`wanted ${i}`])).toBeLessThan(1e-6);
    }
  });

  it.each(networks)("keeps only what enters or leaves it, also after simplification: $name", ({ build, kept }) => {
    expect(keptBy(build(recompute))).toEqual(kept);
    expect(keptBy(build(unmarked)).length).toBeGreaterThan(kept.length);
  });

  it.each(networks)("computes again only when the gradient has come: $name", ({ build, again }) => {
    const loss = build(recompute);
    const before = new Set(nodesOf([loss]));
    const copies = nodesOf(grad(loss, inputs)).filter((node) => !before.has(node) && node.op === again);
    expect(copies.length).toBeGreaterThan(0);
    for (const copy of copies) expect(nodesOf(copy.outputs).map(({ op }) => op)).toContain("Less");
  });

  it("leaves only when the gradients of its parameters are there", () => {
    const through = (mark: Mark) => {
      const h = mark(() => filter(x.sin(), kernel).tanh());
      const loss = mark(() => filter(h, second).tanh().add(h)).mean();
      const [dkernel, dsecond] = grad(loss, [kernel, second]).map((value) => new Set(nodesOf([value])));
      return [...dsecond].filter((node) => !dkernel.has(node)).length;
    };
    expect(through(recompute)).toBe(0);
    expect(through(unmarked)).toBeGreaterThan(0);
  });

  it("gives the gradient of the gradient as well", async () => {
    const [plain, marked] = [unmarked, recompute].map((mark) => {
      const [dx] = grad(mark(() => x.sin().mul(scale).exp().mul(x)).sum(), [x]);
      return grad(dx.mul(dx).sum(), [x, scale]);
    });
    const got = await evaluate({ a: plain[0], b: plain[1], c: marked[0], d: marked[1] }, feeds);
    expect(relativeError(got.c, got.a)).toBeLessThan(1e-6);
    expect(relativeError(got.d, got.b)).toBeLessThan(1e-6);
  });
});

/** Ops of the values that the forward pass computes and the backward pass reads. */
function keptBy(loss: Tensor): string[] {
  const { outputs } = simplify({ outputs: { loss, ...named(grad(loss, inputs), "d") } });
  const { loss: simplified, ...gradients } = outputs;
  const forward = new Set(nodesOf([simplified]));
  const kept = new Set<Tensor>();
  for (const node of nodesOf(Object.values(gradients))) {
    if (forward.has(node)) continue;
    for (const value of node.inputs) if (value?.node && forward.has(value.node)) kept.add(value);
  }
  return [...kept].map((value) => value.node?.op ?? "").sort();
}
