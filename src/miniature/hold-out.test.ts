import { expect, test } from "vitest";

import { heldOutCombination, OBJECT_EDIT_KINDS } from "./hold-out.ts";
import { COLOURS, KINDS } from "./scene.ts";

const combinations = OBJECT_EDIT_KINDS.flatMap((edit) =>
  KINDS.flatMap((kind) => COLOURS.map((colour) => ({ edit, kind, colour }))),
);
const heldOut = combinations.filter(({ kind, colour, edit }) => heldOutCombination(kind, colour, edit));

test("one combination in ten is held out", () => {
  expect(heldOut.length / combinations.length).toBeGreaterThan(0.08);
  expect(heldOut.length / combinations.length).toBeLessThan(0.12);
});

test("every edit keeps most colours of every kind, and loses some combinations", () => {
  for (const edit of OBJECT_EDIT_KINDS) {
    const of = heldOut.filter((combination) => combination.edit === edit);
    expect(of.length).toBeGreaterThan(4);
    for (const kind of KINDS) expect(of.filter((combination) => combination.kind === kind).length).toBeLessThan(5);
  }
});

test("the combinations are these, for good", () => {
  const balls = heldOut.filter(({ kind }) => kind === "ball").map(({ edit, colour }) => `${edit} ${colour}`);
  expect({ count: heldOut.length, balls }).toMatchInlineSnapshot(`
    {
      "balls": [
        "replace green",
        "material red",
        "material orange",
        "material white",
        "resize orange",
        "resize purple",
      ],
      "count": 114,
    }
  `);
});
