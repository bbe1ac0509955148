import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { CheckpointError, ShapeError } from "../../errors.ts";
import { type NdArray, ndarray } from "../../ndarray.ts";
import { torchCpuRandom } from "../../random.ts";
import { loadClipTokenizer } from "../../text/clip-tokenizer.node.ts";
import { parameterShapes } from "../../train/step-graph.ts";
import type { Task } from "../../train/trainer.ts";
import { floatTensor, writeSafetensors } from "../../weights/safetensors.node.ts";
import { clipJson, clipTask } from "../recipes/clip.ts";
import { scorerTask } from "../recipes/scorer.ts";
import { renderScene } from "../render.ts";
import { sampleScene } from "../scene.ts";
import { ATTRIBUTES } from "../scorer/labels.ts";
import { type Measures, openMeasures } from "./measures.node.ts";

const pictures = Array.from({ length: 18 }, (_, i) => renderScene(sampleScene(torchCpuRandom(i))));

const TOKENIZER = fileURLToPath(new URL("../../../test/golden/miniature/tokenizer", import.meta.url));

let folder: string;
/** Of parameters named as in training, and without the prefix. */
let named: Measures;
let measures: Measures;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "measures-"));
  const tokenizer = await loadClipTokenizer(TOKENIZER);
  await writeRandomWeights(scorerTask(), "scorer");
  await writeRandomWeights(clipTask(tokenizer), "clip");
  const clip = (name: string) => {
    cpSync(TOKENIZER, join(folder, name), { recursive: true });
    copyFileSync(file(name), join(folder, name, "model.safetensors"));
    writeFileSync(join(folder, name, "config.json"), JSON.stringify(clipJson(tokenizer)));
    return join(folder, name);
  };
  named = await openMeasures({ scorer: file("scorer-named"), clip: clip("clip-named"), threads: 1 });
  measures = await openMeasures({ scorer: file("scorer"), clip: clip("clip"), threads: 1 });
});
afterAll(async () => {
  await Promise.all([measures.dispose(), named.dispose()]);
  rmSync(folder, { recursive: true });
});

const file = (name: string) => join(folder, `${name}.safetensors`);

/** Writes the values that a task's training begins with, under their own names and without `scope`. */
async function writeRandomWeights(task: Task, scope: string): Promise<void> {
  const shapes = parameterShapes(task.loss(2));
  const random = torchCpuRandom(3);
  const tensors: { path: string; array: NdArray<Float32Array> }[] = [];
  for (const [path, shape] of shapes) {
    tensors.push({ path, array: ndarray(await task.initial(path, shapes, random), shape) });
  }
  const tensor = (name: string, { array }: { array: NdArray<Float32Array> }) => floatTensor(name, array);
  await writeSafetensors(
    file(`${scope}-named`),
    tensors.map((one) => tensor(one.path, one)),
  );
  await writeSafetensors(
    file(scope),
    tensors.map((one) => tensor(one.path.slice(scope.length + 1), one)),
  );
}

describe("the scorer's network", () => {
  it("reads a state off every picture, the same alone and among others, with training's names and without", async () => {
    const states = await measures.read(pictures);
    expect(states).toHaveLength(18);
    for (const state of states) {
      for (const { of, values, name } of ATTRIBUTES) {
        const value = of(state);
        expect(value === undefined || values.includes(value), name).toBe(true);
      }
    }
    expect(await measures.read(pictures.slice(16))).toEqual(states.slice(16));
    expect(await measures.read([pictures[2]])).toEqual([states[2]]);
    expect(await named.read(pictures)).toEqual(states);
    expect(await measures.read([])).toEqual([]);
  });

  it("wants pictures of its size", async () => {
    const small = { width: 64, height: 128, data: new Uint8Array(64 * 128 * 3) };
    await expect(measures.read([pictures[0], small])).rejects.toThrow(
      new ShapeError("the scorer reads pictures of 128 × 128, got one of 64 × 128: scale it first"),
    );
  });

  it("may be given as the folder that training writes", async () => {
    mkdirSync(join(folder, "scorer"));
    copyFileSync(file("scorer"), join(folder, "scorer/model.safetensors"));
    await using same = await openMeasures({ scorer: join(folder, "scorer"), threads: 1 });
    expect(await same.read(pictures.slice(0, 2))).toEqual(await measures.read(pictures.slice(0, 2)));
  });

  it("says which file is missing, or is of another network", async () => {
    await expect(openMeasures({ scorer: file("none") })).rejects.toThrow(CheckpointError);
    const wrong = await openMeasures({ scorer: file("clip"), threads: 1 });
    await expect(wrong.read(pictures.slice(0, 1))).rejects.toThrow(/scorer: expected a tensor "conv_in\.weight"/);
    await wrong.dispose();
  });
});

describe("the miniature's CLIP", () => {
  it("embeds pictures and texts in one space, the same every time", async () => {
    const { clip } = measures;
    const [image, text, other] = [await clip.image(pictures[0]), await clip.text("a cat"), await clip.text("a dog")];
    expect([image.length, text.length]).toEqual([128, 128]);
    expect(other).not.toEqual(text);
    expect(await clip.image(pictures[1])).not.toEqual(image);
    expect(await clip.image(pictures[0])).toEqual(image);
    expect(await named.clip.text("a cat")).toEqual(text);
    expect(await named.clip.image(pictures[0])).toEqual(image);
  });

  it("says what is missing where it should be, or malformed", async () => {
    const open = (clip: string) => openMeasures({ scorer: file("scorer"), clip, threads: 1 });
    await expect(open(join(folder, "none"))).rejects.toThrow(
      /expected a CLIP's folder, but .*none.config\.json cannot/,
    );
    cpSync(join(folder, "clip"), join(folder, "damaged"), { recursive: true });
    writeFileSync(join(folder, "damaged", "config.json"), "{");
    await expect(open(join(folder, "damaged"))).rejects.toThrow(/damaged.config\.json cannot be read/);
    writeFileSync(join(folder, "damaged", "config.json"), '{"text_config": {}, "vision_config": 3}');
    await expect(open(join(folder, "damaged"))).rejects.toThrow(/expected "vision_config"/);
  });
});
