import { expect, test } from "vitest";
import { CheckpointError, UsageError } from "../errors.ts";
import { engineError } from "./engine-error.ts";

/** What ONNX Runtime 1.30 says, and what that is to a caller. */
const SAYINGS: [string, unknown, RegExp][] = [
  [
    'External data path validation failed for initializer: w. Error: External data path does not exist: "/m/w.bin"',
    CheckpointError,
    /^loading unet: a weight file is missing .*w\.bin/,
  ],
  [
    "External initializer: w offset: 128 size to read: 256 given file_length: 256 are out of bounds or can not be read in full.",
    CheckpointError,
    /shorter than the graph expects/,
  ],
  [
    "bfc_arena.cc:360 Failed to allocate memory for requested buffer of size 4398046511104",
    UsageError,
    /not enough memory/,
  ],
  [
    "This session contains graph nodes that are assigned to the default CPU EP, but fallback to CPU EP has been explicitly disabled by the user.",
    UsageError,
    /cannot run every node/,
  ],
  ["External data path escapes model directory", Error, /^internal: loading unet: External data path escapes/],
  ["Failed to load model because protobuf parsing failed.", Error, /^internal: loading unet: Failed to load model/],
  ["internal: no program 7", Error, /^internal: no program 7$/],
];

test.each(SAYINGS)("%s", (said, type, message) => {
  const cause = new Error(said);
  const error = engineError("loading unet", cause);
  expect(error.constructor).toBe(type);
  expect(error.message).toMatch(message);
  expect(error.cause).toBe(cause);
});

test("errors that are told already stay as they are", () => {
  const told = new UsageError("told");
  expect(engineError("loading unet", told)).toBe(told);
});

test("a number that WebAssembly threw is named", () => {
  expect(engineError("loading unet", 464468952).message).toMatch(/464468952/);
});
