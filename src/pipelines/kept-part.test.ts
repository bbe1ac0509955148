import { expect, it } from "vitest";
import { keptPart } from "./kept-part.ts";

/** [2, 4, 6] of zeros, but for these numbers. */
function latents(numbers: readonly { channel: number; x: number; y: number; value: number }[]): Float32Array {
  const data = new Float32Array(2 * 4 * 6);
  for (const { channel, x, y, value } of numbers) data[(channel * 4 + y) * 6 + x] = value;
  return data;
}

/** Rows of # where the input is kept. */
function drawn(after: Float32Array, below: number): string[] {
  const { width, height, data } = keptPart(new Float32Array(48), after, { width: 6, height: 4, below });
  expect([width, height, data.length]).toEqual([6, 4, 72]);
  const pixel = (at: number) => ({ 0: ".", 255: "#" })[data[3 * at]] ?? "?";
  return Array.from({ length: 4 }, (_, y) => Array.from({ length: 6 }, (_, x) => pixel(6 * y + x)).join(""));
}

it("keeps what is not beside a change", () => {
  const after = latents([
    { channel: 0, x: 0, y: 0, value: 0.5 },
    { channel: 1, x: 4, y: 2, value: -0.5 },
  ]);
  expect(drawn(after, 0.3)).toEqual(["..####", "..#...", "###...", "###..."]);
});

it("counts the root mean square over channels", () => {
  const after = latents([
    { channel: 0, x: 2, y: 1, value: 0.3 },
    { channel: 1, x: 2, y: 1, value: 0.4 },
  ]);
  // √((0.09 + 0.16) / 2) = 0.3536
  expect(drawn(after, 0.353)).toEqual(["#...##", "#...##", "#...##", "######"]);
  expect(drawn(after, 0.354)).toEqual(["######", "######", "######", "######"]);
});
