/** The edit pipeline on a tiny checkpoint: its golden pictures, and how it behaves around them. */

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SamplerName } from "../../src/diffusion/samplers.ts";
import { CheckpointError, UsageError } from "../../src/errors.ts";
import { readImage } from "../../src/image/decode.node.ts";
import type { Image } from "../../src/image/image.ts";
import type { EditOptions } from "../../src/pipelines/edit-options.ts";
import { InstructPix2Pix } from "../../src/pipelines/instruct-pix2pix.node.ts";
import { openSafetensors } from "../../src/weights/safetensors.node.ts";

interface Case extends Pick<EditOptions, "steps" | "textGuidance" | "imageGuidance" | "seed"> {
  readonly name: string;
  readonly checkpoint: string;
  readonly text: string;
  readonly negative?: string;
  readonly sampler?: SamplerName;
  readonly variant?: string;
}

const golden = (name: string) => fileURLToPath(new URL(`../golden/${name}`, import.meta.url));
const CHECKPOINT = golden("edit/checkpoint");
const EXACT = { resolution: "native", restore: false } as const;
const cases = (folder: string): Case[] => JSON.parse(readFileSync(golden(`${folder}/cases.json`), "utf8"));

const folder = mkdtempSync(join(tmpdir(), "ip2p-edit-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function largestDifference(a: Image, b: Image): number {
  expect([a.width, a.height]).toEqual([b.width, b.height]);
  return a.data.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b.data[i])), 0);
}

async function editCase(
  from: string,
  { name, text, checkpoint, variant, ...options }: Case,
  load = {},
): Promise<number> {
  await using model = await InstructPix2Pix.load(join(golden(from), checkpoint), { variant, ...load });
  const edited = await model.edit(await readImage(golden(`${from}/${name}-in.png`)), text, { ...options, ...EXACT });
  return largestDifference(edited, await readImage(golden(`${from}/${name}-out.png`)));
}

describe("diffusers' pictures, every value within 1", () => {
  it.each(cases("edit"))("$name: $sampler", async (each) => {
    expect(await editCase("edit", each)).toBeLessThanOrEqual(1);
  });
  it.each(cases("edit"))("$name on wasm", async (each) => {
    expect(await editCase("edit", each, { device: "wasm" })).toBeLessThanOrEqual(1);
  });
  it.each(cases("edit-sweep"))("other architectures and samplers: $name", async (each) => {
    expect(await editCase("edit-sweep", each)).toBeLessThanOrEqual(1);
  });
  it("branch by branch, to save memory", async () => {
    expect(await editCase("edit", cases("edit")[0], { memory: "low" })).toBeLessThanOrEqual(1);
  });
});

describe("an edit", () => {
  let model: InstructPix2Pix;
  let photo: Image;
  beforeAll(async () => {
    model = await InstructPix2Pix.load(CHECKPOINT);
    const { width, data } = await readImage(golden("edit/p1-in.png"));
    // Neither side a multiple of anything.
    photo = { width, height: 51, data: data.slice(0, width * 51 * 3) };
  });
  afterAll(() => model.dispose());
  const quick = { steps: 2, seed: 4, resolution: "native" } as const;

  it("has the size and the opacity of the input, whatever the working size", async () => {
    const alpha = new Uint8Array(photo.width * photo.height).map((_, i) => i % 256);
    for (const resolution of ["native", 64] as const) {
      const edited = await model.edit({ ...photo, alpha }, "make it snow", { ...quick, resolution });
      expect([edited.width, edited.height, edited.alpha]).toEqual([photo.width, photo.height, alpha]);
    }
  });

  it("is the same for the same seed, another for another, and says a seed that was drawn", async () => {
    const first = await model.edit(photo, "make it snow", quick);
    expect(await model.edit(photo, "make it snow", quick)).toEqual(first);
    expect(await model.edit(photo, "make it snow", { ...quick, seed: 5 })).not.toEqual(first);
    const seeds = new Set<number>();
    for (let i = 0; i < 3; i++) {
      for await (const { seed } of model.steps(photo, "x", { ...quick, steps: 1, seed: undefined })) seeds.add(seed);
    }
    expect(seeds.size).toBeGreaterThan(1);
  });

  it("depends on the instruction and on the negative", async () => {
    const first = await model.edit(photo, "make it snow", quick);
    expect(await model.edit(photo, "make it rain", quick)).not.toEqual(first);
    expect(await model.edit(photo, "make it snow", { ...quick, negative: "dark" })).not.toEqual(first);
  });

  it("gives steps with previews and full pictures; breaking out leaves the model usable", async () => {
    const seen: number[] = [];
    for await (const state of model.steps(photo, "make it snow", { ...quick, steps: 4 })) {
      seen.push(state.step);
      const [preview, full] = [state.preview(), await state.decode()];
      for (const picture of [preview, full])
        expect([picture.width, picture.height]).toEqual([photo.width, photo.height]);
      if (state.step === 2) break;
    }
    expect(seen).toEqual([1, 2]);
    await model.edit(photo, "make it snow", quick);
  });

  it("keeps what a mask protects byte for byte", async () => {
    const alpha = new Uint8Array(photo.width * photo.height).map((_, i) => (i % photo.width < 20 ? 255 : 0));
    const mask = { width: photo.width, height: photo.height, alpha };
    const edited = await model.edit(photo, "make it snow", { ...quick, mask });
    const plain = await model.edit(photo, "make it snow", quick);
    for (let i = 0; i < edited.data.length; i++) {
      const kept = alpha[Math.floor(i / 3)] === 255;
      expect(edited.data[i]).toBe(kept ? photo.data[i] : plain.data[i]);
    }
    await expect(model.edit(photo, "x", { ...quick, mask: { ...mask, width: 3 } })).rejects.toThrow(UsageError);
    await expect(model.edit(photo, "x", { ...quick, mask, restore: false })).rejects.toThrow(/restore/);
  });

  it("puts back what it hardly changed, byte for byte", async () => {
    const plain = await model.edit(photo, "make it snow", quick);
    const kept = (keepBelow: number) => model.edit(photo, "make it snow", { ...quick, keepBelow });
    expect(await kept(0)).toEqual(plain);
    expect((await kept(1e6)).data).toEqual(photo.data);
    // Between the two: of each value, a mixture of the picture's and the edit's.
    const [some, shares] = [await kept(28), new Set<string>()];
    for (const [i, value] of some.data.entries()) {
      const [from, to] = [photo.data[i], plain.data[i]].sort((a, b) => a - b);
      expect(value).toBeGreaterThanOrEqual(from);
      expect(value).toBeLessThanOrEqual(to);
      if (from !== to) shares.add(value === photo.data[i] ? "picture" : value === plain.data[i] ? "edit" : "both");
    }
    expect(shares).toEqual(new Set(["picture", "edit", "both"]));
    await expect(kept(Number.NaN)).rejects.toThrow(/keepBelow/);
    await expect(model.edit(photo, "x", { ...quick, keepBelow: 1, restore: false })).rejects.toThrow(/restore|size/);
  });

  it("ends with the signal's reason", async () => {
    const controller = new AbortController();
    const editing = (async () => {
      for await (const { step } of model.steps(photo, "x", { ...quick, steps: 50, signal: controller.signal })) {
        if (step === 2) controller.abort(new Error("enough"));
      }
    })();
    await expect(editing).rejects.toThrow("enough");
  });

  it("says what of the text was not read", async () => {
    await using own = await InstructPix2Pix.load(CHECKPOINT);
    await own.edit(photo, `${"snow ".repeat(90)}and a hat`, quick);
    expect(own.notes.join()).toMatch(/only the first 75 tokens .*hat"/);
  });

  it.each([
    [{ steps: 0 }, /steps/],
    [{ steps: 1.5 }, /steps/],
    [{ textGuidance: Number.NaN }, /finite/],
    [{ imageGuidance: Number.POSITIVE_INFINITY }, /finite/],
    [{ seed: -1 }, /seed/],
    [{ resolution: 0 }, /resolution/],
  ])("refuses %j", async (options, message) => {
    const editing = model.edit(photo, "x", { ...quick, ...options });
    await expect(editing).rejects.toThrow(UsageError);
    await expect(editing).rejects.toThrow(message);
  });
});

describe("guidance", () => {
  it.each([
    [1, 1],
    [1, 0],
    [3, 3],
    [0, 1.5],
    [5, 1],
    [7.5, 0.5],
  ])("s_T %d, s_I %d gives in a batch what it gives branch by branch", async (textGuidance, imageGuidance) => {
    const photo = await readImage(golden("edit/p1-in.png"));
    const options = { steps: 2, seed: 1, textGuidance, imageGuidance, ...EXACT };
    await using batch = await InstructPix2Pix.load(CHECKPOINT);
    await using single = await InstructPix2Pix.load(CHECKPOINT, { memory: "low" });
    const edits = [await batch.edit(photo, "make it snow", options), await single.edit(photo, "make it snow", options)];
    expect(largestDifference(edits[0], edits[1])).toBeLessThanOrEqual(1);
  });
});

describe("prepared weights", () => {
  it("are made once, give the same picture, and are made again when a weight file changes", async () => {
    const photo = await readImage(golden("edit-sweep/sharded-variant-ddim-in.png"));
    const checkpoint = join(folder, "half");
    // Half-precision weights: each is widened, and so each is prepared.
    await cp(golden("edit-sweep/sharded-variant"), checkpoint, { recursive: true });
    const cache = join(folder, "cache");
    const edit = async (weights: "mapped" | "prepared") => {
      await using model = await InstructPix2Pix.load(checkpoint, { variant: "fp16", weights, cache });
      return await model.edit(photo, "make it snow", { steps: 2, seed: 3, ...EXACT });
    };
    const prepared = () => readdirSync(join(cache, "prepared")).filter((name) => name.endsWith(".safetensors"));
    const mapped = await edit("mapped");
    expect(largestDifference(await edit("prepared"), mapped)).toBeLessThanOrEqual(1);
    const files = prepared();
    expect(files.length).toBeGreaterThan(0);
    for (const name of files)
      expect((await openSafetensors(join(cache, "prepared", name))).tensors.size).toBeGreaterThan(0);
    expect(await edit("prepared")).toEqual(await edit("prepared"));
    expect(prepared()).toEqual(files);
    const shard = readdirSync(join(checkpoint, "unet")).find((name) => name.endsWith(".safetensors")) ?? "";
    await writeFile(join(checkpoint, "unet", shard), await readFile(join(checkpoint, "unet", shard)));
    await edit("prepared");
    expect(prepared().length).toBe(files.length + 1);
    expect(readdirSync(join(cache, "prepared")).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});

describe("a checkpoint that cannot be", () => {
  async function broken(change: (path: string) => Promise<void> | void): Promise<string> {
    const path = join(folder, `broken-${Math.random()}`);
    await cp(CHECKPOINT, path, { recursive: true });
    await change(path);
    return path;
  }
  const changeConfig = (component: string, change: object) => async (path: string) => {
    const file = join(path, component, "config.json");
    writeFileSync(file, JSON.stringify({ ...JSON.parse(await readFile(file, "utf8")), ...change }));
  };
  const tryEdit = async (path: string) => {
    await using model = await InstructPix2Pix.load(path);
    await model.edit(await readImage(golden("edit/p1-in.png")), "x", { steps: 1, seed: 1, ...EXACT });
  };

  it.each([
    ["of other widths than its weights", "unet", { block_out_channels: [16, 32, 64] }, /expected a tensor/],
    ["with a feature that is not implemented", "unet", { class_embed_type: "timestep" }, /class_embed_type/],
    ["with an autoencoder of another kind", "vae", { shift_factor: 0.1 }, /shift_factor/],
    ["with an unknown activation", "text_encoder", { hidden_act: "mish" }, /hidden_act/],
  ])("%s", async (_, component, change, message) => {
    const path = await broken(changeConfig(component, change));
    await expect(tryEdit(path)).rejects.toThrow(CheckpointError);
    await expect(tryEdit(path)).rejects.toThrow(message);
  });

  it("whose weights hold NaN says so, at the first step", async () => {
    const path = await broken(async (copy) => {
      const file = join(copy, "unet", "diffusion_pytorch_model.safetensors");
      const { tensors } = await openSafetensors(file);
      const bytes = await readFile(file);
      bytes.writeFloatLE(Number.NaN, tensors.get("conv_in.bias")?.offset ?? 0);
      writeFileSync(file, bytes);
    });
    await expect(tryEdit(path)).rejects.toThrow(/step 1 gave values that are not finite.*--verify/);
  });
});
