import { describe, expect, test } from "vitest";
import { ndarray } from "../../src/ndarray.ts";
import { type Case, mismatch } from "./conformance.ts";
import { testRuntime } from "./suite.ts";
import { cpu, wasm } from "./targets.ts";

testRuntime(cpu);
testRuntime(wasm);

describe("the judge", () => {
  const expected = { y: ndarray(Float32Array.of(1, 2), [2]) };
  const graph = { onnx: new Uint8Array(), inputs: [], outputs: [], weightFiles: new Map() };
  const known: Case = { name: "", graph, feeds: {}, expected };
  const got = (data: Float32Array, shape = [2], name = "y") =>
    mismatch(known, { outputs: { [name]: { shape, data } } });

  test("accepts what is near enough", () => {
    expect(got(Float32Array.of(1.0001, 2))).toBeUndefined();
  });

  test("names what is wrong", () => {
    expect(got(Float32Array.of(1, 2.1))).toMatch(/y\[1\]: expected 2, got 2.0999/);
    expect(got(Float32Array.of(Number.NaN, 2))).toMatch(/y\[0\]: expected 1, got NaN/);
    expect(got(Float32Array.of(1, 2), [2, 1])).toMatch(/expected shape \[2\], got \[2,1\]/);
    expect(got(Float32Array.of(1, 2), [2], "z")).toMatch(/expected outputs y, got z/);
    expect(mismatch(known, { error: "it broke" })).toBe("it broke");
  });
});
