import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatLine, parseLine, taggedScalars } from "./metrics.ts";

describe("a line", () => {
  it("is one JSON object, without what is undefined", () => {
    expect(formatLine({ step: 3, loss: 0.25, gradNorm: undefined })).toBe('{"step":3,"loss":0.25}\n');
  });

  it("reads back to the same numbers, bit for bit; what is not finite becomes NaN", () => {
    const names = fc.stringMatching(/^[a-z][a-zA-Z/]{0,8}$/).filter((name) => name !== "step");
    const records = fc.tuple(fc.nat(), fc.dictionary(names, fc.double({ noNaN: true }), { noNullPrototype: true }));
    fc.assert(
      fc.property(records, ([step, rest]) => {
        const numbers = Object.entries(rest).map(([name, value]) => [name, Number.isFinite(value) ? value + 0 : NaN]);
        const read = parseLine(formatLine({ ...rest, step }).trimEnd());
        expect(read).toEqual({ ...Object.fromEntries(numbers), step });
      }),
      { seed: 1 },
    );
  });

  it.each(["", "{", '{"step":3,"lo', "7", "null", "[]", '{"loss":1}', '{"step":1.5}', '{"step":1,"loss":"x"}'])(
    "that is %j is no record",
    (line) => expect(parseLine(line)).toBeUndefined(),
  );
});

it("tags group by what a number is of", () => {
  expect(taggedScalars({ step: 4, loss: 1, "validation/loss": 2, gradNorm: undefined }, "train")).toEqual([
    ["train/loss", 1],
    ["validation/loss", 2],
  ]);
});
