/** Pictures from captions: diffusers' on a tiny checkpoint, and what is refused. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CheckpointError, UsageError } from "../../src/errors.ts";
import { readImage } from "../../src/image/decode.node.ts";
import { openEditParts, openParts } from "../../src/pipelines/instruct-pix2pix.node.ts";
import { type TextToImageOptions, TextToImagePipeline } from "../../src/pipelines/text-to-image.ts";
import { changeJson, EDIT_BASE, textBase } from "../../src/train/fine-tune/tiny.test-data.ts";

interface Case extends TextToImageOptions {
  readonly name: string;
  readonly caption: string;
}

const golden = (name: string) => fileURLToPath(new URL(`../golden/text-to-image/${name}`, import.meta.url));
const { scheduler, cases } = JSON.parse(readFileSync(golden("cases.json"), "utf8")) as {
  scheduler: object;
  cases: Case[];
};

const folder = mkdtempSync(join(tmpdir(), "ip2p-text-to-image-"));
let checkpoint: string;
beforeAll(async () => {
  checkpoint = await textBase(join(folder, "model"));
  changeJson(join(checkpoint, "scheduler/scheduler_config.json"), scheduler);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("text to image", () => {
  it.each(cases)("$name: diffusers' picture, every value within 1", async ({ name, caption, ...options }) => {
    for (const memory of ["fast", "low"] as const) {
      await using pipeline = new TextToImagePipeline(await openParts(["text-to-image"], checkpoint, { memory }));
      const { width, height, data } = await pipeline.generate(caption, options);
      const expected = await readImage(golden(`${name}.png`));
      expect([width, height]).toEqual([expected.width, expected.height]);
      expect(data.reduce((worst, value, i) => Math.max(worst, Math.abs(value - expected.data[i])), 0)).toBeLessThan(2);
    }
  });

  it("says when a caption was cut, and when a size is no number of latents", async () => {
    await using pipeline = new TextToImagePipeline(await openParts(["text-to-image"], checkpoint));
    const size = { width: 16, height: 24, steps: 1, seed: 1 };
    await pipeline.generate("a very long caption ".repeat(50), size);
    expect(pipeline.notes.join()).toMatch(/only the first \d+ tokens .* ignored: "/);
    const wrong = pipeline.generate("a cat", { ...size, width: 18 });
    await expect(wrong).rejects.toThrow(UsageError);
    await expect(wrong).rejects.toThrow("multiples of 4, got 18 × 24");
  });

  it("stops when it is told to", async () => {
    await using pipeline = new TextToImagePipeline(await openParts(["text-to-image"], checkpoint));
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(pipeline.generate("a cat", { width: 16, height: 24, signal })).rejects.toThrow("enough");
  });
});

describe("a checkpoint for another task", () => {
  it("is refused, with what was expected", async () => {
    await expect(openParts(["text-to-image"], EDIT_BASE)).rejects.toThrow(
      /is .*InstructPix2Pix \(8 input channels\): expected Stable Diffusion 1\.x or 2\.x with 4 input channels$/,
    );
    await expect(openEditParts(checkpoint)).rejects.toThrow(CheckpointError);
    await expect(openEditParts(checkpoint)).rejects.toThrow(/this is a text-to-image checkpoint, not an editing one/);
  });
});
