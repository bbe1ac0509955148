/** Every op and every gradient on other engines: the same numbers as on the CPU. */

import { beforeAll, describe, expect, it } from "vitest";
import { attention } from "../../src/graph/functions.ts";
import { grad } from "../../src/graph/grad.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { ruleOf } from "../../src/graph/ops.ts";
import type { Arrays } from "../../src/runtime/runtime.ts";
import { type Case, mismatch, outcomeOf } from "../runtime/conformance.ts";
import { chromiumWebgpu, describeTarget, wasm, webgpu } from "../runtime/targets.ts";
import { numbers } from "./arrays.ts";
import { compiled, engine, pick } from "./engine.ts";
import { buildCase, type OpCase } from "./op-case.ts";
import { opCases } from "./op-cases.ts";

/** What ONNX Runtime 1.30 lacks on WebGPU: without `strict` the CPU does these. */
const WEBGPU_LACKS: readonly (readonly [reason: string, of: (each: OpCase) => boolean])[] = [
  ["it has no such kernel", ({ op }) => op === "Sign" || op === "LogSoftmax"],
  ["it has no float64", ({ op, what }) => op === "Cast" && what.includes("float64")],
  ["its software driver has no float16", ({ op, what }) => op === "Cast" && what.includes("float16")],
  ["it fails when both operands of a power are broadcast", ({ op, what }) => op === "Pow" && what.includes("column")],
];

const lacking = opCases.filter((each) => WEBGPU_LACKS.some(([, of]) => of(each)));
const everywhere = opCases.filter((each) => !lacking.includes(each));

/** Values and gradients of several cases in two graphs. */
function joined(list: readonly OpCase[]): Pick<Case, "name" | "graph" | "feeds">[] {
  const values: Record<string, Graph["outputs"][string]> = {};
  const slopes: typeof values = {};
  const feeds: Record<string, Arrays[string]> = {};
  for (const [i, each] of list.entries()) {
    const { outputs, loss, inputs, variables } = buildCase(each, `${i}`);
    const name = `${each.op} ${each.what}, ${i}`;
    for (const [k, y] of outputs.entries()) values[`${name}, output ${k}`] = y;
    for (const [id, value] of Object.entries(each.feeds)) feeds[`${i}.${id}`] = value;
    if (!ruleOf(each.op).vjp) continue;
    const wrt = variables.map((id) => inputs[id]);
    for (const [k, dx] of grad(loss, wrt).entries()) slopes[`${name}, d ${variables[k]}`] = dx;
  }
  return [["values", values] as const, ["gradients", slopes] as const].map(([name, outputs]) => {
    const graph = compiled(outputs, name);
    return { name, graph, feeds: pick(feeds, graph) };
  });
}

async function onCpu(cases: ReturnType<typeof joined>): Promise<readonly Case[]> {
  const runtime = await engine();
  return Promise.all(
    cases.map(async (each) => {
      const outcome = await outcomeOf(runtime, { ...each, expected: {} });
      if ("error" in outcome) throw new Error(`${each.name} on the CPU: ${outcome.error}`);
      return { ...each, expected: outcome.outputs };
    }),
  );
}

for (const [target, list] of [
  [wasm, opCases],
  [webgpu, everywhere],
  [chromiumWebgpu, everywhere],
] as const) {
  describeTarget(target, (open) => {
    let cases: readonly Case[];
    beforeAll(async () => {
      cases = await onCpu(joined(list));
    });
    it.each(["values", "gradients"])("%s are those of the CPU", async (name) => {
      const one = cases.filter((each) => each.name === name);
      const [outcome] = await open().runCases(one);
      expect(mismatch(one[0], outcome)).toBeUndefined();
    });
  });
}

describeTarget(webgpu, (open) => {
  it("really lacks what it is said to lack", async () => {
    const cases = lacking.map((each) => joined([each])[0]);
    const outcomes = await open().runCases(cases.map((each) => ({ ...each, expected: {} })));
    const fine = lacking.filter((_, i) => !("error" in outcomes[i]));
    expect(fine.map(({ op, what }) => `${op} ${what}`)).toEqual([]);
  });
});

describeTarget(webgpu, (open) => {
  const rows = (count: number): OpCase => ({
    op: "MultiHeadAttention",
    what: `over ${count} rows`,
    feeds: { x: numbers([1, count, 8]) },
    build: ({ x }) => attention(x, x, x, { heads: 2 }),
  });

  it("attends to 32 rows and more only where subgroups have 8 threads, which the software driver's have not", async () => {
    const cases = await onCpu([31, 32].map((count) => joined([rows(count)])[0]));
    const [below, from] = await open().runCases(cases);
    expect(mismatch(cases[0], below)).toBeUndefined();
    expect(mismatch(cases[1], from)).toBeDefined();
  });
});

describe("the list of what WebGPU lacks", () => {
  it.each(WEBGPU_LACKS)("has cases of: %s", (_reason, of) => {
    expect(opCases.some(of)).toBe(true);
  });
});
