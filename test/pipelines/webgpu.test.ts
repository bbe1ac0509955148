/** The golden edits on WebGPU, on a software driver in a process of its own: through the command, as a user would. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { readImage } from "../../src/image/decode.node.ts";
import { requirement } from "../requirements.ts";

const swiftshader = requirement("swiftshader");
const golden = fileURLToPath(new URL("../golden/edit/", import.meta.url));
const command = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "ip2p-webgpu-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const [{ name, text, sampler, steps, textGuidance, imageGuidance, seed }] = JSON.parse(
  readFileSync(`${golden}cases.json`, "utf8"),
);

it.skipIf(!swiftshader.available)(
  `diffusers' picture on WebGPU, every value within 1${swiftshader.reason}`,
  async () => {
    const output = join(folder, "out.png");
    const numbers = { steps, "text-guidance": textGuidance, "image-guidance": imageGuidance, seed, sampler };
    const flags = Object.entries(numbers).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
    const exact = ["--resolution", "native", "--no-restore", "--device", "webgpu"];
    const model = ["--model", `${golden}checkpoint`, "-o", output];
    execFileSync(
      process.execPath,
      [command, "edit", `${golden}${name}-in.png`, "-p", text, ...model, ...flags, ...exact],
      {
        env: { ...process.env, ...swiftshader.env },
        stdio: "pipe",
      },
    );
    const [edited, wanted] = [await readImage(output), await readImage(`${golden}${name}-out.png`)];
    expect([edited.width, edited.height]).toEqual([wanted.width, wanted.height]);
    const worst = edited.data.reduce((max, value, i) => Math.max(max, Math.abs(value - wanted.data[i])), 0);
    expect(worst).toBeLessThanOrEqual(1);
  },
  300_000,
);
