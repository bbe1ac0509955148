import { expect, it } from "vitest";
import { conv, resizeNearest } from "./functions.ts";
import { printGraph } from "./print.ts";
import { constant, input, weight } from "./tensor.ts";

it("prints a graph, one operation a line", () => {
  const x = input("x", [2, 3, 8, 6]);
  const kernel = weight("conv.weight", "float16", [4, 3, 3, 3], { file: "f", offset: 0, length: 216 });
  const h = conv(x, kernel.cast("float32"), undefined, { stride: 2, padding: [0, 0, 1, 1] });
  const [a, b] = h.add(0.5).split(1, [1, 3]);
  const table = constant(
    Float32Array.from({ length: 12 }, (_, i) => i / 4),
    [3, 4, 1],
  );
  const outputs = { scaled: b.mul(table), low: a.clip(-1, 1), x2: x };
  expect(printGraph({ outputs }).split("\n")).toEqual([
    "input x : float32[2, 3, 8, 6]",
    "%0 = Cast(conv.weight) {to=1} : float32[4, 3, 3, 3]",
    "%1 = Conv(x, %0) {strides=[2, 2], pads=[0, 0, 1, 1]} : float32[2, 4, 4, 3]",
    "%2 = Add(%1, 0.5) : float32[2, 4, 4, 3]",
    "%3, %4 = Split(%2, [1, 3]) {axis=1} : float32[2, 1, 4, 3], float32[2, 3, 4, 3]",
    "%5 = Mul(%4, [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, … 12]) : float32[2, 3, 4, 3]",
    "%6 = Clip(%3, -1, 1) : float32[2, 1, 4, 3]",
    "output scaled = %5 : float32[2, 3, 4, 3]",
    "output low = %6 : float32[2, 1, 4, 3]",
    "output x2 = x : float32[2, 3, 8, 6]",
  ]);
});

it("prints numbers as they were written, and what an operation does without", () => {
  const x = input("x", [1, 1, 2, 2]);
  const lines = printGraph({ outputs: { y: resizeNearest(x.mul(0.1), 3, 4).mul(1e-6) } }).split("\n");
  expect(lines.slice(1, 4)).toEqual([
    "%0 = Mul(x, 0.1) : float32[1, 1, 2, 2]",
    "%1 = Resize(%0, –, –, [1, 1, 3, 4]) {mode=nearest, coordinate_transformation_mode=asymmetric, nearest_mode=floor} : float32[1, 1, 3, 4]",
    "%2 = Mul(%1, 0.000001) : float32[1, 1, 3, 4]",
  ]);
});
