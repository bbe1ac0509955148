/** A whole evaluation, every part of it real but the weights, which are random. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { fakeTerminal } from "../../src/cli/edit-fake.test-data.ts";
import { runEvaluate } from "../../src/cli/evaluate.ts";
import { evaluateDependencies } from "../../src/cli/evaluate-engine.ts";
import { readImage } from "../../src/image/decode.node.ts";
import { testPair } from "../../src/miniature/evaluate/test-sets.ts";
import { scorerTask } from "../../src/miniature/recipes/scorer.ts";
import { renderScene } from "../../src/miniature/render.ts";
import { ndarray } from "../../src/ndarray.ts";
import { torchCpuRandom } from "../../src/random.ts";
import { parameterShapes } from "../../src/train/step-graph.ts";
import { floatTensor, writeSafetensors } from "../../src/weights/safetensors.node.ts";

const CHECKPOINT = fileURLToPath(new URL("../golden/edit/checkpoint", import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "evaluate-"));
  const task = scorerTask();
  const shapes = parameterShapes(task.loss(1));
  const random = torchCpuRandom(1);
  const tensors = [];
  for (const [path, shape] of shapes) {
    tensors.push(floatTensor(path, ndarray(await task.initial(path, shapes, random), shape)));
  }
  await writeSafetensors(join(folder, "scorer.safetensors"), tensors);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function evaluate(out: string) {
  const terminal = fakeTerminal();
  const small = ["--limit", "1", "--sets", "held-out", "--no-grid", "--steps", "2", "--threads", "1"];
  const files = ["--model", CHECKPOINT, "--scorer", join(folder, "scorer.safetensors"), "--out", join(folder, out)];
  const code = await runEvaluate([...small, ...files], terminal, evaluateDependencies);
  return { code, out: terminal.out(), err: terminal.err() };
}

it("measures a checkpoint, twice the same", async () => {
  const { code, out, err } = await evaluate("first");
  expect({ code, out }).toEqual({
    code: 0,
    out: ["results.json", "report.html", "sheet.png"].map((name) => `${join(folder, "first", name)}\n`).join(""),
  });
  expect(err).toMatch(/11\/11/);
  const { settings, edits, scenes } = JSON.parse(readFileSync(join(folder, "first/results.json"), "utf8"));
  expect(settings).toMatchObject({
    model: "checkpoint",
    device: "cpu",
    weights: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(edits.groups).toHaveLength(7);
  expect(scenes.map(({ condition }: { condition: string }) => condition)).toContain("autoencoded");

  // The first picture of the sheet is the input, the third the output: noise, but a picture.
  const sheet = await readImage(join(folder, "first/sheet.png"));
  const input = renderScene(testPair("held-out", 0).before);
  const cell = (left: number) =>
    Array.from({ length: 128 }, (_, y) =>
      sheet.data.subarray(3 * (y * sheet.width + left), 3 * (y * sheet.width + left + 128)),
    );
  expect(Buffer.concat(cell(0))).toEqual(Buffer.from(input.data));
  expect(new Set(Buffer.concat(cell(2 * 134))).size).toBeGreaterThan(16);

  expect((await evaluate("second")).code).toBe(0);
  for (const name of ["results.json", "rows.jsonl", "report.html", "sheet.png"]) {
    expect(readFileSync(join(folder, "second", name)).equals(readFileSync(join(folder, "first", name))), name).toBe(
      true,
    );
  }
});
