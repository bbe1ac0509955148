/** Holds the ceiling of 400 lines a file, through the tool that prints the table. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";

const TOOL = fileURLToPath(new URL("../tools/size.mjs", import.meta.url));

it("no source file is longer than 400 lines", () => {
  const { status, stderr } = spawnSync(process.execPath, [TOOL], { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(status).toBe(0);
});

it("a file of 401 lines is named and refused, one of 400 is not", () => {
  const folder = mkdtempSync(join(tmpdir(), "ip2p-size-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "long.ts"), "\n".repeat(401));
  writeFileSync(join(folder, "fits.ts"), "\n".repeat(400));
  const { status, stderr } = spawnSync(process.execPath, [TOOL, folder], { encoding: "utf8" });
  expect(stderr.trim().split("\n")).toEqual(["long.ts has 401 lines; the ceiling is 400: split it by subject"]);
  expect(status).toBe(1);
});
