/** The queue's order, by hand and against a sorted list. */

import fc from "fast-check";
import { expect, it } from "vitest";
import type { Edit } from "../store/records.ts";
import { Queue } from "./queue.ts";

const edit = (id: string, rank: number) => ({ id, rank }) as Edit;
const ids = (queue: Queue) => queue.waiting.map(({ id }) => id);
const anything = (each: Edit): each is Edit => each !== undefined;

it("gives out the front first, then by arrival", () => {
  const queue = new Queue(3);
  expect([queue.rank("front"), queue.rank("back")]).toEqual([0, 0]);
  queue.add(edit("a", queue.rank("back")));
  queue.add(edit("b", queue.rank("back")));
  queue.add(edit("c", queue.rank("front")));
  expect(ids(queue)).toEqual(["c", "a", "b"]);
  expect([queue.room, queue.position("a"), queue.position("x")]).toEqual([0, 2, undefined]);
  expect(queue.take((each): each is Edit => each.id !== "c")?.id).toBe("a");
  expect(ids(queue)).toEqual(["c", "b"]);
});

it("puts named edits in front and keeps the order of the rest", () => {
  const queue = new Queue(9);
  queue.add(...["a", "b", "c", "d"].map(edit));
  const reordered = queue.reorder(["c", "x", "a", "c"]);
  expect(ids(queue)).toEqual(["c", "a", "b", "d"]);
  expect(reordered.map(({ rank }) => rank)).toEqual([0, 1, 2, 3]);
});

it("is a list sorted by rank, whatever is added and taken", () => {
  const operation = fc.oneof(fc.constant("take" as const), fc.constant("front" as const), fc.constant("back" as const));
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
      const queue = new Queue(100);
      const model: string[] = [];
      for (const [i, name] of operations.entries()) {
        if (name === "take") expect(queue.take(anything)?.id).toBe(model.shift());
        else {
          queue.add(edit(String(i), queue.rank(name)));
          if (name === "front") model.unshift(String(i));
          else model.push(String(i));
        }
      }
      expect(ids(queue)).toEqual(model);
    }),
    { seed: 7 },
  );
});
