/** The parameters that the networks ask for, at full size, are those of the checkpoints people have: names and shapes. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { input } from "../../src/graph/tensor.ts";
import { clipTextConfig, clipVisionConfig } from "../../src/models/clip-config.ts";
import { clipText } from "../../src/models/clip-text.ts";
import { clipVision, projectImage, projectText } from "../../src/models/clip-vision.ts";
import { unet } from "../../src/models/unet.ts";
import { unetConfig } from "../../src/models/unet-config.ts";
import { decode, encode } from "../../src/models/vae.ts";
import { vaeConfig } from "../../src/models/vae-config.ts";
import type { Params } from "../../src/nn/params.ts";
import { type Build, parametersOf } from "./recipe.ts";

/** Names with shapes, `conv_in.weight [320, 8, 3, 3]`, sorted. */
function asked(build: Build): string[] {
  return [...parametersOf(build)].map(([name, shape]) => `${name} [${shape.join(", ")}]`).sort();
}

function listed(file: string, prefixes: readonly string[] = [""]): string[] {
  const text = readFileSync(new URL(`../golden/checkpoint-keys/${file}.txt`, import.meta.url), "utf8");
  const lines = text.trim().split("\n");
  return lines.filter((line) => prefixes.some((prefix) => line.startsWith(prefix))).sort();
}

function unetOn(json: Parameters<typeof unetConfig>[0]): Build {
  const config = unetConfig(json);
  const text = input("text", [1, 77, config.crossAttentionDim]);
  const sample = input("sample", [1, config.inChannels, 8, 8]);
  return (p) => unet(p, config, { sample, timestep: input("timestep", [1]), text });
}

const CLIP_L = { hidden_size: 768, intermediate_size: 3072, num_attention_heads: 12, projection_dim: 768 };

const networks: readonly [string, Build, readonly string[]][] = [
  ["InstructPix2Pix's UNet", unetOn({ in_channels: 8, cross_attention_dim: 768 }), listed("unet_sd15_ip2p")],
  [
    "the autoencoder",
    (p) => {
      const config = vaeConfig({
        block_out_channels: [128, 256, 512, 512],
        layers_per_block: 2,
        down_block_types: new Array(4).fill("DownEncoderBlock2D"),
        up_block_types: new Array(4).fill("UpDecoderBlock2D"),
      });
      encode(p, config, input("image", [1, 3, 16, 16]));
      decode(p, config, input("latents", [1, 4, 2, 2]));
    },
    listed("vae_kl_f8"),
  ],
  [
    "the text encoder",
    (p) => clipText(p, clipTextConfig(CLIP_L), input("ids", [1, 77], "int32")),
    listed("clip_text_vitl14"),
  ],
  ["all of CLIP ViT-L/14", clip, listed("clip_vitl14_full", ["text_", "vision_model.", "visual_projection."])],
];

function clip(p: Params): void {
  const text = clipTextConfig(CLIP_L);
  const hidden = clipText(p, text, input("ids", [1, 77], "int32"));
  projectText(p, hidden, input("end", [1], "int32"), text.projectionDim);
  const vision = clipVisionConfig({
    hidden_size: 1024,
    intermediate_size: 4096,
    num_hidden_layers: 24,
    num_attention_heads: 16,
    patch_size: 14,
    projection_dim: 768,
  });
  projectImage(p, vision, clipVision(p, vision, input("pixels", [1, 3, 224, 224])).pooled);
}

describe("a checkpoint holds what is asked for, no more and no less", () => {
  it.each(networks)("%s", (_, build, lines) => {
    expect(lines.length).toBeGreaterThan(100);
    expect(asked(build)).toEqual(lines);
  });

  it("but for the learned temperature, which no computation here uses", () => {
    const rest = listed("clip_vitl14_full").filter((line) => !networks[3][2].includes(line));
    expect(rest).toEqual(["logit_scale []"]);
  });
});

describe("a UNet with linear projections, as Stable Diffusion 2.x", () => {
  const json = { in_channels: 8, cross_attention_dim: 1024, attention_head_dim: [5, 10, 20, 20] };
  const convolutions = asked(unetOn(json));
  const linear = asked(unetOn({ ...json, use_linear_projection: true }));

  it("differs from one with 1×1 convolutions in those shapes only", () => {
    const flattened = convolutions.map((line) => line.replace(/(proj_(?:in|out)\.weight \[\d+, \d+), 1, 1\]/, "$1]"));
    expect(linear).toEqual(flattened);
    expect(linear.filter((line) => !convolutions.includes(line)).length).toBe(32);
  });
});
