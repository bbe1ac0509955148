/** The checkpoint of the miniature's networks: diffusers' layout, and it opens, edits and can be trained from. */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { input } from "../graph/tensor.ts";
import type { Image } from "../image/image.ts";
import { clipTextConfig } from "../models/clip-config.ts";
import { clipText } from "../models/clip-text.ts";
import { decode, encode } from "../models/vae.ts";
import { vaeConfig } from "../models/vae-config.ts";
import { InstructPix2Pix } from "../pipelines/instruct-pix2pix.node.ts";
import { torchCpuRandom } from "../random.ts";
import { initialWeights } from "../train/initialize.ts";
import { writeMiniature } from "./checkpoint.node.ts";
import { AUTOENCODER_JSON, LATENT_SIZE } from "./recipes/autoencoder.ts";
import { clipTextJson, miniatureTokenizer } from "./recipes/clip.ts";
import { initialUNet } from "./recipes/unet.ts";
import { TEXT_LENGTH } from "./tokenizer.ts";

const scratch = mkdtempSync(join(tmpdir(), "ip2p-miniature-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const random = torchCpuRandom(1);
const vae = initialWeights((p) => {
  const config = vaeConfig(AUTOENCODER_JSON);
  encode(p, config, input("image", [1, 3, 128, 128]));
  decode(p, config, input("latents", [1, 4, LATENT_SIZE, LATENT_SIZE]));
}, random);
const textEncoder = initialWeights((p) => {
  const ids = input("ids", [1, TEXT_LENGTH], "int32");
  clipText(p, clipTextConfig(clipTextJson(miniatureTokenizer())), ids);
  p.get("text_projection.weight", [128, 128]);
}, random);
const DEFAULTS = { steps: 3, textGuidance: 3, imageGuidance: 1.25, resolution: 128, keepBelow: 0.2 };

it("is laid out as diffusers does, text encoder without the rest of CLIP, and edits with its own defaults", async () => {
  const folder = join(scratch, "edits");
  await writeMiniature(folder, { vae, textEncoder, unet: initialUNet(8, random), inChannels: 8, defaults: DEFAULTS });
  expect(readdirSync(folder).sort()).toEqual(
    ["model_index.json", "scheduler", "text_encoder", "tokenizer", "unet", "vae"].sort(),
  );
  const config = JSON.parse(readFileSync(join(folder, "text_encoder/config.json"), "utf8"));
  expect(config).toMatchObject({ architectures: ["CLIPTextModel"], hidden_size: 128 });
  await using model = await InstructPix2Pix.load(folder, { threads: 1 });
  expect(model.defaults).toEqual(DEFAULTS);
  const photo: Image = { width: 96, height: 64, data: new Uint8Array(96 * 64 * 3).map((_, i) => i % 251) };
  const steps: number[] = [];
  for await (const { steps: all } of model.steps(photo, "make it winter", { seed: 1 })) steps.push(all);
  expect(steps).toEqual([3, 3, 3]);
});

it("begins with a UNet that predicts nothing: its last layer is zero, and nothing else is but shifts and blocks' ends", () => {
  const unet = initialUNet(4, random);
  expect(unet.get("conv_in.weight")!.shape).toEqual([64, 4, 3, 3]);
  const zero = (name: string) => unet.get(name)!.data.every((value) => value === 0);
  expect([...unet.keys()].filter((name) => name.endsWith(".weight") && zero(name))).toEqual(
    [...unet.keys()].filter((name) => /(^|\.)(conv2|proj_out|conv_out)\.weight$/.test(name)),
  );
});

it("leaves what was there until it is complete", async () => {
  const folder = join(scratch, "whole");
  const parts = { vae, textEncoder, unet: initialUNet(4, random), inChannels: 4 } as const;
  await writeMiniature(folder, parts);
  const broken = new Map([["conv_in.weight", { shape: [1], data: null as unknown as Float32Array }]]);
  await expect(writeMiniature(folder, { ...parts, unet: broken })).rejects.toThrow();
  expect(readdirSync(scratch).filter((name) => name.includes("tmp"))).toEqual([]);
  expect(readFileSync(join(folder, "unet/diffusion_pytorch_model.safetensors")).length).toBeGreaterThan(20e6);
});
