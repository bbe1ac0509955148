/** Kept outputs that are written over what they replace. */

import { afterAll, beforeAll, expect, test } from "vitest";
import { ndarray } from "../../src/ndarray.ts";
import { createNodeRuntime } from "../../src/runtime/ort.node.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { tinyGraph } from "./tiny-onnx.ts";

let cpu: Runtime;
beforeAll(async () => {
  cpu = await createNodeRuntime({ threads: 1 });
});
afterAll(() => cpu.dispose());

const float32 = (name: string, ...shape: number[]) => ({ name, dtype: "float32", shape }) as const;
const start = () => ndarray(Float32Array.of(1, 2, 3), [3]);

/** n ← 2 n, then one element of the old n by its index. */
const doubling = tinyGraph({
  inputs: [float32("n", 3), { name: "at", dtype: "int32", shape: [1] }],
  outputs: [float32("m", 3), float32("part", 1)],
  nodes: [
    { op: "Add", inputs: ["n", "n"], outputs: ["m"] },
    { op: "Gather", inputs: ["m", "at"], outputs: ["part"] },
  ],
});
const at = (index: number) => ({ at: ndarray(Int32Array.of(index), [1]) });

test("give the same numbers, run after run", async () => {
  const results: number[][] = [];
  for (const inPlace of [false, true]) {
    await using program = await cpu.compile(doubling, { keep: { m: "n" }, inPlace });
    await using state = await cpu.hold({ n: start() });
    const parts: number[] = [];
    for (let run = 0; run < 4; run++) parts.push((await program.run(at(2), { state })).part.data[0]);
    results.push([...parts, ...(await state.read()).n.data]);
  }
  expect(results[0]).toEqual([6, 12, 24, 48, 16, 32, 48]);
  expect(results[1]).toEqual(results[0]);
});

test("are where the old values were: a run that fails later has replaced them already", async () => {
  for (const inPlace of [false, true]) {
    await using program = await cpu.compile(doubling, { keep: { m: "n" }, inPlace });
    await using state = await cpu.hold({ n: start() });
    await expect(program.run(at(7), { state })).rejects.toThrow(/out of/);
    expect([...(await state.read()).n.data]).toEqual(inPlace ? [2, 4, 6] : [1, 2, 3]);
  }
});

test("may be new to the state", async () => {
  await using program = await cpu.compile(doubling, { keep: { m: "twice" }, inPlace: true });
  await using state = await cpu.hold({ n: start() });
  await program.run(at(0), { state });
  await program.run(at(0), { state });
  const { n, twice } = await state.read();
  expect([[...n.data], [...twice.data]]).toEqual([
    [1, 2, 3],
    [2, 4, 6],
  ]);
});
