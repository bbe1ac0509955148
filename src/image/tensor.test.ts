/** Tensors and CLIP's resizing against diffusers and PyTorch. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { noise, noiseImage } from "../../test/golden/image/noise.ts";
import { ShapeError } from "../errors.ts";
import { elements, ndarray } from "../ndarray.ts";
import { clipResize } from "./clip-resize.ts";
import { fromTensor, toTensor } from "./tensor.ts";

interface Golden {
  bicubic: { shape: number[]; size: [number, number]; values: number[] }[];
  in: number[];
  everyByte: number[];
  decoded: { shape: number[]; values: number[] };
  out: number[];
}

const file = new URL("../../test/golden/image/tensor.json", import.meta.url);
const golden = JSON.parse(readFileSync(file, "utf8")) as Golden;

describe("toTensor", () => {
  it("gives the floats diffusers gives", () => {
    const tensor = toTensor([noiseImage(3, 2, 1), noiseImage(3, 2, 2)]);
    expect(tensor.shape).toEqual([2, 3, 2, 3]);
    expect([...tensor.data]).toEqual(golden.in);
  });

  it("gives every byte's float", () => {
    const grey = { width: 256, height: 1, data: new Uint8Array(768).map((_, i) => Math.trunc(i / 3)) };
    expect([...toTensor([grey]).data.subarray(0, 256)]).toEqual(golden.everyByte);
    expect(fromTensor(toTensor([grey]))).toEqual([grey]);
  });

  it("refuses nothing and pictures of two sizes", () => {
    expect(() => toTensor([])).toThrow(ShapeError);
    expect(() => toTensor([noiseImage(3, 2, 1), noiseImage(2, 3, 1)])).toThrow("number 2 is 2 × 3");
  });
});

describe("fromTensor", () => {
  it("rounds as diffusers does", () => {
    const { shape, values } = golden.decoded;
    const [image] = fromTensor(ndarray(Float32Array.from(values), shape));
    expect([image.width, image.height]).toEqual([43, 6]);
    expect([...image.data]).toEqual(golden.out);
  });

  it("unstacks a batch", () => {
    const images = [noiseImage(5, 3, 1), noiseImage(5, 3, 2), noiseImage(5, 3, 3)];
    expect(fromTensor(toTensor(images))).toEqual(images);
  });

  it("refuses another shape", () => {
    expect(() => fromTensor(ndarray(new Float32Array(16), [1, 4, 2, 2]))).toThrow("[1, 4, 2, 2]");
  });
});

describe("clipResize", () => {
  it.each(golden.bicubic)("gives PyTorch's values from $shape to $size", ({ shape, size: [height, width], values }) => {
    const images = Float32Array.from(noise(elements(shape), 1), (v) => v / 255);
    const resized = clipResize(ndarray(images, shape), { height, width });
    expect(resized.shape).toEqual([shape[0], shape[1], height, width]);
    const worst = values.reduce((most, value, i) => Math.max(most, Math.abs(value - resized.data[i])), 0);
    expect(worst).toBeLessThan(1e-6);
  });

  it("refuses another rank and empty sizes", () => {
    expect(() => clipResize(ndarray(new Float32Array(4), [2, 2]), { height: 1, width: 1 })).toThrow(ShapeError);
    expect(() => clipResize(ndarray(new Float32Array(4), [1, 1, 2, 2]), { height: 0, width: 1 })).toThrow(ShapeError);
  });
});
