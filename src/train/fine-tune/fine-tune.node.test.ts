/** Recipes of fine-tuning: what does not go together, and that cached latents change nothing but the work. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createNodeRuntime } from "../../runtime/ort.node.ts";
import type { Arrays, Runtime } from "../../runtime/runtime.ts";
import { openCheckpoint } from "../../weights/checkpoint.node.ts";
import { requireComponent } from "../../weights/checkpoint.ts";
import { readFloats } from "../../weights/safetensors.node.ts";
import { Trainer } from "../trainer.ts";
import { openBaseModel } from "./base-model.node.ts";
import { type FineTuneOptions, fineTuneRecipe } from "./fine-tune.node.ts";
import { EDIT_BASE, noisePairs, textBase } from "./tiny.test-data.ts";

let runtime: Runtime;
let folder: string;
beforeAll(async () => {
  runtime = await createNodeRuntime({ threads: 1 });
  folder = mkdtempSync(join(tmpdir(), "ip2p-fine-tune-"));
});
afterAll(async () => {
  await runtime.dispose();
  rmSync(folder, { recursive: true });
});

async function options(changes: Partial<FineTuneOptions> = {}): Promise<FineTuneOptions> {
  const base = changes.base ?? (await openBaseModel(EDIT_BASE, { purpose: "edit" }));
  const geometry = { resolution: 32, flip: "always" } as const;
  return { base, runtime, dataset: noisePairs(5), batch: 2, geometry, seed: 1, shown: [], ...changes };
}

it.each<[string, () => Promise<Partial<FineTuneOptions>>, RegExp]>([
  ["a resolution without whole latents", async () => ({ geometry: { resolution: 50 } }), /a multiple of 4, got 50/],
  [
    "a low-rank change of a UNet that is widened",
    async () => ({
      lora: { rank: 2 },
      base: await openBaseModel(await textBase(join(folder, "text")), { purpose: "edit" }),
    }),
    /has to be widened before it can learn to edit.*start from a checkpoint that edits/,
  ],
  [
    "a low-rank change beside a text encoder that is trained",
    async () => ({ lora: { rank: 2 }, trainTextEncoder: true }),
    /the text encoder is trained as a whole: not with a low-rank change/,
  ],
  [
    "random crops of cached pictures",
    async () => ({ latents: join(folder, "none"), geometry: { resolution: 32, resize: [32, 40] } }),
    /crops of 32 from 32 to 40 pixels are new ones every time/,
  ],
])("refuses %s", async (_name, changes, message) => {
  await expect(fineTuneRecipe(await options(await changes()))).rejects.toThrow(message);
});

describe("cached latents", () => {
  const feeds = async (changes: Partial<FineTuneOptions>): Promise<Arrays[]> => {
    await using recipe = await fineTuneRecipe(await options(changes));
    const all: Arrays[] = [];
    for (let index = 0; index < 6; index++) all.push(await recipe.task.feeds(index, 2));
    return all;
  };

  it("give a training the same numbers, filled or not, mirrored pictures included", async () => {
    const latents = join(folder, "latents");
    const computed = await feeds({});
    expect(await feeds({ latents })).toEqual(computed);
    expect(await feeds({ latents })).toEqual(computed);
  });
});

describe("a text encoder that learns with the UNet", () => {
  const RATE = 1e-3;

  async function trained(trainTextEncoder: boolean, folder?: string): Promise<number[]> {
    const recipe = await fineTuneRecipe(await options({ trainTextEncoder }));
    const trainer = await Trainer.start({
      runtime,
      task: recipe.task,
      batch: 2,
      steps: 2,
      learningRate: RATE,
      ema: false,
    });
    const losses: number[] = [];
    for await (const { loss } of trainer) losses.push(loss);
    if (folder !== undefined) {
      mkdirSync(folder);
      const { shapes, engine } = trainer;
      const weights = await trainer.weights();
      await recipe.writeModel(folder, { slot: "weight", shapes, engine, read: async (path) => weights.get(path)! });
    }
    await trainer.dispose();
    await recipe[Symbol.asyncDispose]();
    return losses;
  }

  it("starts from the loss of the frozen one, and goes its own way", async () => {
    const [[first, second], [sameFirst, other]] = [await trained(false), await trained(true)];
    expect(sameFirst).toBeCloseTo(first, 5);
    expect(Math.abs(other - second)).toBeGreaterThan(1e-5);
  });

  it("is written with the model: every tensor trained, its configuration as it was", async () => {
    const model = join(folder, "model");
    await trained(true, model);
    const config = "text_encoder/config.json";
    expect(readFileSync(join(model, config), "utf8")).toBe(readFileSync(join(EDIT_BASE, config), "utf8"));
    const [before, after] = await Promise.all(
      [EDIT_BASE, model].map(async (path) => {
        const checkpoint = await openCheckpoint(path, { components: ["text_encoder"] });
        return requireComponent(checkpoint, "text_encoder").tensors;
      }),
    );
    expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
    for (const [name, ref] of after) {
      const [was, is] = [await readFloats(before.get(name)!), await readFloats(ref)];
      const moved = is.data.map((value, i) => Math.abs(value - was.data[i]));
      expect(Math.max(...moved), name).toBeGreaterThan(0);
      expect(Math.max(...moved), name).toBeLessThan(3 * RATE);
    }
  });
});
