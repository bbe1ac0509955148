import { describe, expect, it } from "vitest";
import { chooseWeightFiles } from "./weight-files.ts";

function choose(names: string, variant?: string, stem = "model") {
  return chooseWeightFiles(names.split(" "), { folder: "unet", stem, variant });
}

describe("the weights of a component", () => {
  it.each<[names: string, variant: string | undefined, file: string, chosen: string | undefined]>([
    ["model.safetensors model.fp16.safetensors", undefined, "model.safetensors", undefined],
    ["model.safetensors model.fp16.safetensors", "fp16", "model.fp16.safetensors", "fp16"],
    ["model.safetensors pytorch_model.bin", "fp16", "model.safetensors", undefined],
    ["config.json model.non_ema.safetensors", undefined, "model.non_ema.safetensors", "non_ema"],
    [
      "model-00001-of-00002.safetensors model.safetensors.index.json",
      undefined,
      "model.safetensors.index.json",
      undefined,
    ],
    ["model.safetensors model.safetensors.index.json", undefined, "model.safetensors", undefined],
    ["model.safetensors.index.fp16.json model.safetensors", "fp16", "model.safetensors.index.fp16.json", "fp16"],
    ["model.safetensors.fp16.index.json model.safetensors", "fp16", "model.safetensors.fp16.index.json", "fp16"],
    ["model.fp16.safetensors model.safetensors.index.fp16.json", undefined, "model.fp16.safetensors", "fp16"],
    ["other_model.safetensors xmodel.safetensors model.safetensors", undefined, "model.safetensors", undefined],
  ])("in %s, variant %s, are %s", (names, variant, file, chosen) => {
    expect(choose(names, variant)).toEqual({ file, variant: chosen, sharded: file.endsWith(".json") });
  });

  it.each<[names: string, variant: string | undefined, message: RegExp]>([
    ["model.fp16.safetensors model.bf16.safetensors", undefined, /no plain weights; choose a variant: bf16, fp16/],
    ["model.bf16.safetensors", "fp16", /neither the variant fp16 nor plain weights, only: bf16/],
    ["config.json", undefined, /unet: expected model.safetensors, found no weights/],
    ["config.json weights.safetensors", undefined, /expected model.safetensors, found weights.safetensors/],
    [
      "model-00001-of-00002.safetensors",
      undefined,
      /one of several shards; expected their list model.safetensors.index.json/,
    ],
    [
      "config.json pytorch_model.bin",
      undefined,
      /pytorch_model.bin is a Python pickle, .*any code.*expected model.safetensors/,
    ],
    ["diffusion_pytorch_model.fp16.ckpt", "fp16", /pickle.*safe_serialization=True/],
  ])("in %s, variant %s, cannot be had", (names, variant, message) => {
    expect(() => choose(names, variant)).toThrow(message);
  });
});
