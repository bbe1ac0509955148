/** Which pairs can be trained on. */

import { describe, expect, it } from "vitest";
import { noiseImage } from "../../test/golden/image/noise.ts";
import { resize } from "../image/resample.ts";
import type { BadExampleError } from "./bad-example.ts";
import type { EditExample } from "./dataset.ts";
import { soundPair } from "./sound-pair.ts";

function pair(input: [number, number], edited: [number, number], instruction = "make it snow"): EditExample {
  return { input: noiseImage(...input, 1), edited: noiseImage(...edited, 2), instruction, id: "7/3" };
}

describe("soundPair", () => {
  it("leaves a sound pair as it is", () => {
    const example = pair([48, 32], [48, 32]);
    expect(soundPair(example)).toBe(example);
  });

  it("brings the edited picture to the input's size when the shapes agree within 2 %", () => {
    const example = pair([100, 50], [51, 50 / 2]);
    expect(() => soundPair(example)).toThrow(/at least 32/);
    const near = pair([200, 100], [103, 52]); // 1.9808 against 2
    const sound = soundPair(near);
    expect(sound.input).toBe(near.input);
    expect(sound.edited).toEqual(resize(near.edited, { width: 200, height: 100, filter: "lanczos" }));
  });

  it.each([
    ["sizes differ", pair([200, 100], [206, 100])],
    ["sizes differ", pair([200, 100], [100, 200])],
    ["too small", pair([64, 31], [64, 31])],
    ["too small", pair([64, 64], [31, 31])],
    ["no instruction", pair([64, 64], [64, 64], " \n")],
  ])("refuses: %s", (reason, example) => {
    expect(() => soundPair(example)).toThrow(expect.objectContaining<Partial<BadExampleError>>({ id: "7/3" }));
    expect(() => soundPair(example)).toThrow(expect.objectContaining({ reason }));
  });

  it("takes the shape at the very limit", () => {
    expect(soundPair(pair([100, 100], [102, 100])).edited.width).toBe(100);
    expect(() => soundPair(pair([1000, 1000], [1021, 1000]))).toThrow("its pictures are 1000 × 1000 and 1021 × 1000");
  });
});
