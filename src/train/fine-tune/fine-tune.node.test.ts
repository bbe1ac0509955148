/** Recipes of fine-tuning: what does not go together, and that cached latents change nothing but the work. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createNodeRuntime } from "../../runtime/ort.node.ts";
import type { Arrays, Runtime } from "../../runtime/runtime.ts";
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
