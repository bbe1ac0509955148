import { describe, expect, it } from "vitest";
import { editFiles, modelFiles } from "./file-choice.ts";

const TOKENIZER = ["vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json"];
const under = (folder: string, names: readonly string[]) => names.map((name) => `${folder}/${name}`);

const NEEDED = [
  "model_index.json",
  "scheduler/scheduler_config.json",
  ...under("tokenizer", TOKENIZER),
  ...under("text_encoder", ["config.json", "model.safetensors"]),
  ...under("vae", ["config.json", "diffusion_pytorch_model.safetensors"]),
  ...under("unet", ["config.json", "diffusion_pytorch_model.safetensors"]),
];

/** As on the hub: everything in several formats, and single files for other programs in the root. */
const REPOSITORY = [
  ...[".gitattributes", "README.md", "instruct-pix2pix-00-22000.ckpt", "instruct-pix2pix-00-22000.safetensors"],
  "feature_extractor/preprocessor_config.json",
  ...under("safety_checker", ["config.json", "model.safetensors", "model.fp16.safetensors", "pytorch_model.bin"]),
  ...under("text_encoder", ["pytorch_model.bin", "model.fp16.safetensors", "flax_model.msgpack", "model.onnx"]),
  ...under("unet", ["diffusion_pytorch_model.bin", "diffusion_pytorch_model.fp16.safetensors"]),
  ...under("unet", ["diffusion_pytorch_model.non_ema.safetensors", "onnx/model.safetensors"]),
  ...under("vae", ["diffusion_pytorch_model.bin", "diffusion_pytorch_model.fp16.bin"]),
  ...NEEDED,
];

describe("editFiles", () => {
  it("takes a diffusers folder's parts and nothing beside them", () => {
    const { files, missing, compromises } = editFiles(REPOSITORY);
    expect([...files].sort()).toEqual([...NEEDED].sort());
    expect(missing).toEqual([]);
    expect(compromises).toEqual([]);
  });

  it("prefers a variant's weights where a part has them, and says where it has not", () => {
    const { files, missing, compromises } = editFiles(REPOSITORY, { variant: "fp16" });
    expect(files.filter((path) => path.endsWith(".safetensors")).sort()).toEqual([
      "text_encoder/model.fp16.safetensors",
      "unet/diffusion_pytorch_model.fp16.safetensors",
      "vae/diffusion_pytorch_model.safetensors",
    ]);
    expect(missing).toEqual([]);
    expect(compromises).toEqual(["vae/ has no fp16 weights; taking the plain ones"]);
  });

  it("finds a snapshot of its own choice complete", () => {
    for (const variant of [undefined, "fp16"]) {
      const { files } = editFiles(REPOSITORY, { variant });
      expect(editFiles(files, { variant })).toMatchObject({ files, missing: [] });
    }
  });

  it.each(NEEDED.filter((path) => !/tokenizer_config|special_tokens/.test(path)))("misses %s", (path) => {
    const { missing } = editFiles(NEEDED.filter((other) => other !== path));
    expect(missing).toHaveLength(1);
    expect(missing[0]).toContain(path);
  });

  it("takes tokenizer.json in place of vocabulary and merges", () => {
    const fast = NEEDED.filter((path) => !/vocab|merges/.test(path));
    expect(editFiles([...fast, "tokenizer/tokenizer.json"]).missing).toEqual([]);
  });

  it("asks for both text encoders where one file of the second is", () => {
    const second = [
      ...under("tokenizer_2", TOKENIZER),
      ...under("text_encoder_2", ["config.json", "model.safetensors"]),
    ];
    expect(editFiles([...NEEDED, ...second]).files).toEqual(expect.arrayContaining(second));
    expect(editFiles([...NEEDED, "tokenizer_2/vocab.json"]).missing).toEqual([
      "tokenizer_2/vocab.json with tokenizer_2/merges.txt",
      "text_encoder_2/config.json",
      "text_encoder_2/model.safetensors",
    ]);
  });

  it("says that pickles are not loaded where there is nothing else", () => {
    const pickled = NEEDED.map((path) => path.replace(/^(unet.*)\.safetensors/, "$1.bin"));
    expect(editFiles(pickled).missing).toEqual([
      "unet/diffusion_pytorch_model.safetensors (only diffusion_pytorch_model.bin is there, and pickled weights are not loaded)",
    ]);
  });
});

describe("modelFiles", () => {
  it("takes a model's parts from the root", () => {
    const clip = ["config.json", "model.safetensors", "preprocessor_config.json", ...TOKENIZER];
    const others = ["README.md", "flax_model.msgpack", "pytorch_model.bin", "tf_model.h5", "onnx/model.safetensors"];
    expect([...modelFiles([...clip, ...others]).files].sort()).toEqual([...clip].sort());
    expect(modelFiles(others).missing).toEqual([
      "config.json",
      "model.safetensors (only pytorch_model.bin is there, and pickled weights are not loaded)",
    ]);
  });

  const shards = (before: string, after: string) => [1, 2].map((i) => `model${before}-0000${i}-of-00002${after}`);
  const plain = [...shards("", ".safetensors"), "model.safetensors.index.json"];

  it.each([
    ["shards", undefined, plain, plain],
    ["shards of a variant", "fp16", shards(".fp16", ".safetensors"), ["model.safetensors.index.fp16.json"]],
    ["shards of a variant, older", "fp16", shards("", ".fp16.safetensors"), ["model.safetensors.fp16.index.json"]],
    ["one file before shards", undefined, ["model.safetensors"], []],
    ["whatever there is", undefined, ["model.fp32.safetensors"], []],
    ["fp16 before other variants", undefined, ["model.fp16.safetensors"], []],
  ])("takes %s", (name, variant, first, rest) => {
    const wanted = [...new Set([...first, ...rest])];
    const others = {
      "shards of a variant": plain,
      "shards of a variant, older": plain,
      "one file before shards": plain,
      "fp16 before other variants": ["model.ema.safetensors"],
    }[name];
    const { files, missing } = modelFiles(["config.json", ...(others ?? []), ...wanted], { variant });
    expect([...files].sort()).toEqual(["config.json", ...wanted].sort());
    expect(missing).toEqual([]);
  });

  it.each(plain)("finds shards without %s incomplete", (absent) => {
    const { missing } = modelFiles(["config.json", ...plain.filter((path) => path !== absent)]);
    expect(missing).toEqual(["model.safetensors"]);
  });
});
