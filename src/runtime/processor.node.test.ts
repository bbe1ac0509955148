import os from "node:os";
import { expect, test } from "vitest";
import { processorKind, usableCores } from "./processor.node.ts";

test("cores are at least one and at most what the system offers", () => {
  expect(usableCores()).toBeGreaterThanOrEqual(1);
  expect(usableCores()).toBeLessThanOrEqual(os.availableParallelism());
});

test("the processor is named the same each time, with its architecture", () => {
  expect(processorKind()).toBe(processorKind());
  expect(processorKind()).toContain(process.arch);
});
