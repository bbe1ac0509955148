import { expect, it } from "vitest";
import { torchCpuRandom } from "../random.ts";
import type { EditDataset } from "./dataset.ts";
import { keepingExamples } from "./kept-examples.ts";

it("reads an example once while there is room, and every time beyond it", async () => {
  const read: number[] = [];
  const dataset: EditDataset = {
    length: 9,
    async read(index) {
      read.push(index);
      const picture = () => ({ width: 2, height: 3, data: new Uint8Array(18).fill(index) });
      const input = picture();
      return { input, edited: index === 1 ? input : picture(), instruction: "edit", id: `${index}` };
    },
  };
  // Room for two pairs, the second of which is one picture, and not for a third.
  const kept = keepingExamples(dataset, 36 + 18 + 35);
  const random = torchCpuRandom(0);
  const ids = [];
  for (const index of [0, 1, 2, 2, 1, 0, 3]) ids.push((await kept.read(index, random)).id);
  expect(ids).toEqual(["0", "1", "2", "2", "1", "0", "3"]);
  expect(read).toEqual([0, 1, 2, 2, 3]);
  expect(kept.length).toBe(9);
});
