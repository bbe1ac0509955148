/** Edits through the command are diffusers' edits: the golden pictures, within one level in every channel. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readImage } from "../../src/image/decode.node.ts";
import { CHECKPOINT, GOLDEN, ip2p } from "./ip2p.ts";

interface Case {
  readonly name: string;
  readonly text: string;
  readonly sampler: string;
  readonly steps: number;
  readonly textGuidance: number;
  readonly imageGuidance: number;
  readonly seed: number;
}

const CASES: readonly Case[] = JSON.parse(readFileSync(`${GOLDEN}cases.json`, "utf8"));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ip2p-golden-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

it.each(CASES)("$name: $sampler, $steps steps", async ({ name, text, sampler, ...numbers }) => {
  const path = join(folder, `${name}.png`);
  const { code, stderr } = ip2p(
    ...["edit", `${GOLDEN}${name}-in.png`, "-p", text, "-o", path, "--model", CHECKPOINT, "--sampler", sampler],
    ...["--resolution", "native", "--no-restore", "--device", "cpu"],
    ...["--steps", String(numbers.steps), "--seed", String(numbers.seed)],
    ...["--cfg-text", String(numbers.textGuidance), "--cfg-image", String(numbers.imageGuidance)],
  );
  expect(stderr).not.toContain("error");
  expect(code).toBe(0);
  const [edited, golden] = await Promise.all([readImage(path), readImage(`${GOLDEN}${name}-out.png`)]);
  expect([edited.width, edited.height]).toEqual([golden.width, golden.height]);
  const differences = edited.data.map((value, i) => Math.abs(value - golden.data[i]));
  expect(Math.max(...differences)).toBeLessThanOrEqual(1);
});
