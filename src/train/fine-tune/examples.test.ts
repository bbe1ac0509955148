/** Examples by the number of their micro-batch. */

import { expect, it } from "vitest";
import { batches } from "../../data/batches.ts";
import { Examples } from "./examples.ts";
import { noisePairs } from "./tiny.test-data.ts";

function examples(): { of(index: number): Promise<string[]>; opened: number[] } {
  const opened: number[] = [];
  const source = new Examples((start) => {
    opened.push(start);
    return batches(noisePairs(7), { batch: 3, seed: 5, start, geometry: { resolution: 32 } });
  });
  return { of: async (index) => (await source.at(index)).map(({ id }) => id), opened };
}

it("are the same in order, from anywhere, and again", async () => {
  const inOrder = examples();
  const ids: string[][] = [];
  for (let index = 0; index < 6; index++) ids.push(await inOrder.of(index));
  expect(new Set(ids.flat()).size).toBe(7);
  expect(inOrder.opened).toEqual([0]);
  const elsewhere = examples();
  for (const index of [4, 5, 1, 1, 2]) expect(await elsewhere.of(index)).toEqual(ids[index]);
  expect(elsewhere.opened).toEqual([4, 1, 1]);
});

it("say what was left out", async () => {
  const dataset = noisePairs(4);
  const read = async (index: number) => ({
    ...(await dataset.read(index, never)),
    instruction: index === 2 ? " " : "x",
  });
  const source = new Examples((start) => batches({ length: 4, read }, { batch: 4, seed: 0, start }));
  expect(source.skipped).toEqual([]);
  await source.at(0);
  expect(source.skipped).toEqual([
    { reason: "no instruction", count: 1, messages: ["noise/2: its instruction is empty"] },
  ]);
});

const never = { normal: fail, uniform: fail, integer: fail, state: fail, restore: fail };
function fail(): never {
  throw new Error("nothing is to be drawn");
}
