import { describe, expect, it } from "vitest";
import { CheckpointError } from "../errors.ts";
import { DTYPE_BYTES, type DType, elements } from "../ndarray.ts";
import type { Checkpoint, Component } from "./checkpoint.ts";
import { describeCheckpoint, requireEditModel } from "./describe.ts";
import type { JsonObject } from "./json.ts";
import type { TensorRef } from "./tensor-ref.ts";

function component(name: string, config: JsonObject, tensors: readonly [string, DType, number[]][]): Component {
  const refs = tensors.map(
    ([key, dtype, shape]): TensorRef => ({
      name: key,
      dtype,
      shape,
      file: "m",
      offset: 0,
      length: elements(shape) * DTYPE_BYTES[dtype],
    }),
  );
  const className = typeof config._class_name === "string" ? config._class_name : "CLIPTextModel";
  return { name, className, config, tensors: new Map(refs.map((ref) => [ref.name, ref])), variant: undefined };
}

function unet(channels: number, config: JsonObject = {}): Component {
  const all = { _class_name: "UNet2DConditionModel", in_channels: channels, cross_attention_dim: 768, ...config };
  return component("unet", all, [
    ["conv_in.weight", "float16", [6, channels, 3, 3]],
    ["conv_in.bias", "float32", [6]],
  ]);
}

function checkpoint(pipeline: string | undefined, ...components: Component[]): Checkpoint {
  return {
    kind: "diffusers",
    path: "some/model",
    modelIndex: pipeline === undefined ? {} : { _class_name: pipeline },
    components: new Map(components.map((part) => [part.name, part])),
    tokenizer: undefined,
    scheduler: { _class_name: "DDIMScheduler" },
    notes: [],
  };
}

const vae = component("vae", { _class_name: "AutoencoderKL" }, []);
const text = component("text_encoder", {}, []);
const EDIT = "StableDiffusionInstructPix2PixPipeline";

describe("a checkpoint is described", () => {
  it.each<[Checkpoint, string]>([
    [checkpoint(EDIT, unet(8)), "Stable Diffusion 1.x InstructPix2Pix (8 input channels)"],
    [checkpoint(undefined, unet(8)), "Stable Diffusion 1.x InstructPix2Pix (8 input channels)"],
    [
      checkpoint(EDIT, unet(8, { cross_attention_dim: 1024 })),
      "Stable Diffusion 2.x InstructPix2Pix (8 input channels)",
    ],
    [
      checkpoint(EDIT, unet(8, { cross_attention_dim: 32 })),
      "Stable Diffusion of its own size InstructPix2Pix (8 input channels)",
    ],
    [checkpoint("StableDiffusionPipeline", unet(4)), "Stable Diffusion 1.x text-to-image (4 input channels)"],
    [checkpoint("StableDiffusionInpaintPipeline", unet(9)), "Stable Diffusion 1.x inpainting (9 input channels)"],
    [
      checkpoint("StableDiffusionDepth2ImgPipeline", unet(5)),
      "Stable Diffusion 1.x for StableDiffusionDepth2ImgPipeline (5 input channels)",
    ],
    [checkpoint("MarigoldDepthPipeline", unet(8)), "Stable Diffusion 1.x for MarigoldDepthPipeline (8 input channels)"],
    [
      checkpoint("StableDiffusionXLInstructPix2PixPipeline", unet(8, { addition_embed_type: "text_time" })),
      "Stable Diffusion XL InstructPix2Pix (8 input channels)",
    ],
    [
      checkpoint("FluxPipeline", component("transformer", { _class_name: "FluxTransformer2DModel" }, [])),
      "a checkpoint of FluxPipeline",
    ],
  ])("%#", (given, title) => {
    expect(describeCheckpoint(given).title).toBe(title);
  });

  it("with the size of each component", () => {
    const summary = describeCheckpoint(checkpoint(EDIT, unet(8), vae));
    expect(summary.components[0]).toMatchObject({ name: "unet", tensors: 2, parameters: 438, bytes: 888 });
    expect([...summary.components[0].dtypes]).toEqual([
      ["float16", 432],
      ["float32", 6],
    ]);
    expect([summary.parameters, summary.bytes]).toEqual([438, 888]);
  });
});

describe("an edit model", () => {
  it("has its four parts", () => {
    const { unet: model, scheduler } = requireEditModel(checkpoint(EDIT, unet(8), vae, text));
    expect(model.name).toBe("unet");
    expect(scheduler._class_name).toBe("DDIMScheduler");
  });

  it.each<[Checkpoint, RegExp]>([
    [
      checkpoint("StableDiffusionPipeline", unet(4), vae, text),
      /some\/model is Stable.*\(4 input.*this is a text-to-image checkpoint, not an editing one; expected/,
    ],
    [checkpoint("StableDiffusionInpaintPipeline", unet(9), vae, text), /this is an inpainting checkpoint/],
    [
      checkpoint("StableDiffusionXLInstructPix2PixPipeline", unet(8, { addition_embed_type: "text_time" }), vae, text),
      /Stable Diffusion XL.*architecture that cannot be run here/,
    ],
    [
      checkpoint("StableDiffusion3Pipeline", vae, text),
      /a checkpoint of StableDiffusion3Pipeline: this is not a checkpoint that edits/,
    ],
    [checkpoint(EDIT, unet(8), text), /expected a component vae, found unet, text_encoder/],
    [
      checkpoint(EDIT, unet(8, { in_channels: 4 }), vae, text),
      /conv_in.weight has 8 input channels, unet\/config.json says in_channels 4/,
    ],
    [{ ...checkpoint(EDIT, unet(8), vae, text), scheduler: undefined }, /expected scheduler\/scheduler_config.json/],
  ])("is not just anything: %#", (given, message) => {
    expect(() => requireEditModel(given)).toThrow(CheckpointError);
    expect(() => requireEditModel(given)).toThrow(message);
  });
});
