/** The model of the package, there or not. */

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { CheckpointError } from "../errors.ts";
import { defaultModel } from "./default-model.node.ts";

it("is found, or missed with advice", async () => {
  const root = mkdtempSync(join(tmpdir(), "ip2p-model-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  await expect(defaultModel(root)).rejects.toThrow(CheckpointError);
  await expect(defaultModel(root)).rejects.toThrow(/pass --model .* or set IP2P_MODEL/);
  mkdirSync(join(root, "models", "miniature"), { recursive: true });
  expect(await defaultModel(`${root}/`)).toBe(`${root}/models/miniature`);
});
