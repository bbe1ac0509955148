import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { CheckpointError } from "../errors.ts";
import { DTYPE_BYTES, type DType, elements } from "../ndarray.ts";
import { openCheckpoint } from "./checkpoint.node.ts";
import { requireComponent } from "./checkpoint.ts";
import type { JsonObject } from "./json.ts";
import { openLora } from "./lora.node.ts";
import { fitLora, type Lora, type LoraBase, type LoraModule, readLora } from "./lora.ts";
import { isLora } from "./lora-keys.ts";
import type { TensorIndex } from "./tensor-ref.ts";

const golden = (name: string) => fileURLToPath(new URL(`../../test/golden/${name}`, import.meta.url));

const CROSS = "down_blocks.1.attentions.0.transformer_blocks.0.attn2";
const UP = "up_blocks.2.attentions.1";

describe("the files of diffusers, peft and kohya", () => {
  let base: LoraBase;
  beforeAll(async () => {
    const checkpoint = await openCheckpoint(golden("edit/checkpoint"));
    const tensorsOf = (name: string) => requireComponent(checkpoint, name).tensors;
    base = { unet: tensorsOf("unet"), text_encoder: tensorsOf("text_encoder") };
  });
  const told = ({ path, rank, alpha }: LoraModule) => [path, rank, alpha];
  const open = async (name: string) => fitLora(await openLora(golden(`lora/${name}`)), base);

  it("kohya: names looked up in the model, every module with its own rank and alpha", async () => {
    const { layouts, modules } = await open("kohya.safetensors");
    expect(layouts).toEqual(["kohya"]);
    expect(Object.fromEntries(modules.map(({ path, rank, alpha }) => [path, [rank, alpha]]))).toEqual({
      [`${CROSS}.to_q`]: [4, 4],
      [`${CROSS}.to_out.0`]: [4, 1],
      [`${UP}.transformer_blocks.0.attn1.to_k`]: [2, 3],
      [`${UP}.proj_out`]: [3, 1],
      [`${UP}.transformer_blocks.0.ff.net.2`]: [4, 4],
      "mid_block.resnets.0.time_emb_proj": [2, 1],
      conv_in: [2, 2],
      "down_blocks.0.resnets.1.conv1": [2, 1],
      "up_blocks.1.upsamplers.0.conv": [2, 0.5],
      "up_blocks.0.resnets.2.conv_shortcut": [3, 2],
      "text_model.encoder.layers.1.self_attn.k_proj": [2, 1],
      "text_model.encoder.layers.1.mlp.fc2": [3, 4],
    });
  });

  it("peft: alphas out of the metadata, with patterns and rank-stabilised scales", async () => {
    const { layouts, modules } = await open("peft.safetensors");
    expect(layouts).toEqual(["peft"]);
    const alphas = Object.fromEntries(modules.map(({ path, alpha }) => [path, alpha]));
    expect(alphas).toMatchObject({
      [`${CROSS}.to_v`]: 6,
      [`${UP}.proj_in`]: 8,
      "mid_block.resnets.1.conv2": 1.5,
      "text_model.encoder.layers.0.self_attn.v_proj": 5 * Math.sqrt(2),
    });
    expect(modules.filter(({ component }) => component === "text_encoder")).toHaveLength(3);
  });

  it.each([
    ["diffusers.safetensors", "diffusers", 3, 3],
    ["processors.safetensors", "attention-processors", 4, 4],
    ["adapter/adapter_model.safetensors", "peft", 2, 3],
  ] as const)("%s: %s", async (name, layout, rank, alpha) => {
    const { layouts, modules } = await open(name);
    expect(layouts).toContain(layout);
    const unet = modules.filter(({ component }) => component === "unet");
    expect(new Set(unet.map((module) => `${told(module).slice(1)}`))).toEqual(new Set([`${rank},${alpha}`]));
    const paths = unet.map(({ path }) => path);
    expect(paths.every((path) => base.unet.has(`${path}.weight`))).toBe(true);
    if (layout !== "peft") expect(paths).toContain(`${CROSS}.to_out.0`);
  });
});

type Entry = readonly [name: string, shape: readonly number[], dtype?: DType];

function index(entries: readonly Entry[]): TensorIndex {
  const refs = entries.map(([name, shape, dtype = "float32"]) => {
    const length = elements(shape) * DTYPE_BYTES[dtype];
    return { name, dtype, shape, file: "x", offset: 0, length };
  });
  return new Map(refs.map((ref) => [ref.name, ref]));
}

/** Alphas are read as the numbers given. */
function read(
  entries: readonly Entry[],
  { metadata, config, alpha = [1] }: { metadata?: JsonObject | string; config?: JsonObject; alpha?: number[] } = {},
): Promise<Lora> {
  const text = typeof metadata === "string" ? metadata : JSON.stringify(metadata);
  return readLora(
    { tensors: index(entries), metadata: new Map(metadata === undefined ? [] : [["lora_adapter_metadata", text]]) },
    {
      path: "my.safetensors",
      read: async () => ({ shape: [alpha.length], data: Float32Array.from(alpha) }),
      config,
    },
  );
}

const pair = (down: string, up: string): Entry[] => [
  [down, [2, 3]],
  [up, [4, 2]],
];
const TO_Q = pair("unet.a.to_q.lora_A.weight", "unet.a.to_q.lora_B.weight");

describe("names", () => {
  it.each([
    ["lora_unet_a_to_q.lora_down.weight", "lora_unet_a_to_q.lora_up.weight", "unet a_to_q"],
    ["lora_te1_a.lora_down.weight", "lora_te1_a.lora_up.weight", "text_encoder a"],
    ["unet.a.ff.lora.down.weight", "unet.a.ff.lora.up.weight", "unet a.ff"],
    ["text_encoder.a.lora_linear_layer.down.weight", "text_encoder.a.lora_linear_layer.up.weight", "text_encoder a"],
    ["base_model.model.a.b.lora_A.weight", "base_model.model.a.b.lora_B.weight", "unet a.b"],
    ["base_model.model.unet.a.lora_A.weight", "base_model.model.unet.a.lora_B.weight", "unet a"],
    ["a.lora_A.default.weight", "a.lora_B.default.weight", "unet a"],
    ["encoder.layers.0.fc.lora_A.weight", "encoder.layers.0.fc.lora_B.weight", "text_encoder encoder.layers.0.fc"],
    [
      "base_model.model.text_model.encoder.layers.0.fc.lora_A.weight",
      "base_model.model.text_model.encoder.layers.0.fc.lora_B.weight",
      "text_encoder text_model.encoder.layers.0.fc",
    ],
    ["a.attn1.processor.to_q_lora.down.weight", "a.attn1.processor.to_q_lora.up.weight", "unet a.attn1.to_q"],
    ["unet.a.processor.to_out_lora.down.weight", "unet.a.processor.to_out_lora.up.weight", "unet a.to_out.0"],
    [
      "text_encoder.l.self_attn.to_out_lora.down.weight",
      "text_encoder.l.self_attn.to_out_lora.up.weight",
      "text_encoder l.self_attn.out_proj",
    ],
  ])("%s", async (down, up, module) => {
    const { modules } = await read(pair(down, up));
    expect(modules.map(({ component, path }) => `${component} ${path}`)).toEqual([module]);
    expect(modules[0]).toMatchObject({ rank: 2, alpha: 2, down: { name: down }, up: { name: up } });
  });

  it.each([
    "lora_unet_a_to_q.alpha",
    "unet.a_to_q.lora.alpha",
    "unet.a_to_q.processor.alpha",
    "unet.a_to_q.processor_lora.alpha",
  ])("%s is an alpha", async (name) => {
    const { modules } = await read([
      ...pair("lora_unet_a_to_q.lora_down.weight", "lora_unet_a_to_q.lora_up.weight"),
      [name, []],
    ]);
    expect(modules.map(({ alpha }) => alpha)).toEqual([1]);
  });

  it("of a LoRA are told from those of a checkpoint", () => {
    expect(isLora(["lora_unet_a.hada_w1_a"])).toBe(true);
    expect(isLora(["conv_in.weight", "alpha", "a.alpha", "lora.weight"])).toBe(false);
  });
});

describe("alpha", () => {
  const alphaWith = async (options: Parameters<typeof read>[1]) => (await read(TO_Q, options)).modules[0].alpha;

  it.each<[string, JsonObject, number]>([
    ["of the component", { "unet.lora_alpha": 8, "text_encoder.lora_alpha": 3 }, 8],
    ["without components", { lora_alpha: 8 }, 8],
    ["of another component", { "text_encoder.lora_alpha": 8 }, 2],
    ["of the module", { "unet.lora_alpha": 8, "unet.alpha_pattern": { "a.to_q": 5, to_k: 3 } }, 5],
    ["of the end of its path", { "unet.lora_alpha": 8, "unet.alpha_pattern": { to_q: 5 } }, 5],
    ["of another end", { "unet.lora_alpha": 8, "unet.alpha_pattern": { o_q: 5 } }, 8],
    ["rank-stabilised", { "unet.lora_alpha": 8, "unet.use_rslora": true }, 8 * Math.sqrt(2)],
  ])("%s", async (_name, metadata, alpha) => {
    expect(await alphaWith({ metadata })).toBe(alpha);
    expect(await alphaWith({ config: metadata })).toBe(alpha);
  });

  it("in the file's metadata comes before the configuration beside it", async () => {
    expect(await alphaWith({ metadata: { lora_alpha: 8 }, config: { lora_alpha: 3 } })).toBe(8);
  });

  it.each<[string, JsonObject | string, RegExp]>([
    ["DoRA", { "unet.use_dora": true }, /my\.safetensors: lora_adapter_metadata: use_dora is set; DoRA is not/],
    ["no number", { lora_alpha: "8" }, /lora_alpha: expected a number, got "8"/],
    ["a pattern's value", { alpha_pattern: { a: null } }, /alpha_pattern a: expected a number, got null/],
    ["an expression", { alpha_pattern: { "a.*": 1 } }, /"a\.\*" is a regular expression; only names/],
    ["no JSON", "{", /lora_adapter_metadata cannot be read/],
  ])("malformed: %s", async (_name, metadata, message) => {
    await expect(read(TO_Q, { metadata })).rejects.toThrow(CheckpointError);
    await expect(read(TO_Q, { metadata })).rejects.toThrow(message);
  });

  it.each([[[1, 2]], [[Number.NaN]], [[]]])("that reads %j is refused", async (alpha) => {
    const file: Entry[] = [...TO_Q, ["unet.a.to_q.alpha", [alpha.length]]];
    await expect(read(file, { alpha })).rejects.toThrow(/unet\.a\.to_q\.alpha: expected one finite number, got \[/);
  });
});

describe("what is refused", () => {
  const weight = (name: string): Entry => [name, [2, 2]];

  it.each<[string, readonly Entry[], RegExp]>([
    ["a checkpoint", [weight("conv_in.weight")], /^my\.safetensors is no LoRA: expected .*, got conv_in\.weight$/],
    ["nothing", [], /is no LoRA: .*, got none/],
    [
      "DoRA",
      [...TO_Q, weight("unet.a.to_q.dora_scale")],
      /is DoRA, which is not supported: unet\.a\.to_q\.dora_scale;/,
    ],
    ["peft's DoRA", [...TO_Q, weight("unet.a.to_q.lora_magnitude_vector")], /is DoRA/],
    ["LoHa", ["w1_a", "w1_b", "w2_a", "w2_b"].map((n) => weight(`lora_unet_a.hada_${n}`)), /is LoHa.*hada_w2_a, …;/],
    ["LoKr", [weight("lora_unet_a.lokr_w1")], /is LoKr/],
    ["Tucker's form", [weight("lora_unet_a.lora_mid.weight"), ...TO_Q], /is LoCon in Tucker form/],
    ["SDXL", pair("lora_te2_a.lora_down.weight", "lora_te2_a.lora_up.weight"), /is a LoRA for Stable Diffusion XL/],
    ["biases", [...TO_Q, weight("unet.a.to_q.lora_B.bias")], /is a change of whole weights or biases/],
    ["anything else", [...TO_Q, weight("emb_params")], /holds tensors that are no LoRA's: emb_params; expected a down/],
    ["a down alone", [TO_Q[0]], /unet\.a\.to_q\.lora_A\.weight stands alone; expected the up of a\.to_q too/],
    ["an up alone", [TO_Q[1]], /lora_B\.weight stands alone; expected the down of a\.to_q too/],
    ["an alpha alone", [...TO_Q, ["unet.b.alpha", []]], /unet\.b\.alpha stands alone; expected the down of b too/],
    [
      "two names",
      [...TO_Q, ["unet.a.to_q.lora.down.weight", [2, 3]]],
      /lora\.down\.weight and .*lora_A.* are the same/,
    ],
    ["ranks that differ", [TO_Q[0], [TO_Q[1][0], [4, 3]]], /expected a down \[rank, in, …\].*\[2, 3\] and .*\[4, 3\]/],
    [
      "rank 0",
      [
        ["a.lora_A.weight", [0, 3]],
        ["a.lora_B.weight", [4, 0]],
      ],
      /expected a down \[rank, in, …\]/,
    ],
    ["a wide up", [TO_Q[0], [TO_Q[1][0], [4, 2, 3, 3]]], /expected a down \[rank, in, …\]/],
    ["integers", [TO_Q[0], [TO_Q[1][0], [4, 2], "int8"]], /lora_B\.weight: expected a float type, got int8/],
  ])("%s", async (_name, entries, message) => {
    await expect(read(entries)).rejects.toThrow(CheckpointError);
    await expect(read(entries)).rejects.toThrow(message);
  });
});

describe("fitting a model", () => {
  const base: LoraBase = {
    unet: index([
      ["conv_in.weight", [4, 8, 3, 3]],
      ["a.to_q.weight", [4, 3]],
      ["a.proj.weight", [4, 3, 1, 1]],
      ["a.norm.weight", [4]],
      ["a_b.c.weight", [4, 3]],
    ]),
    text_encoder: index([["text_model.encoder.layers.0.fc1.weight", [4, 3]]]),
  };
  const fitted = async (entries: readonly Entry[]) =>
    fitLora(await read(entries), base).modules.map(({ path }) => path);
  const changes = (name: string, down: number[] = [2, 3], up: number[] = [4, 2]): Entry[] => [
    [`${name}.lora_A.weight`, down],
    [`${name}.lora_B.weight`, up],
  ];

  it("gives the model's names, whatever the underscores and prefixes", async () => {
    const kohya = (name: string) => pair(`${name}.lora_down.weight`, `${name}.lora_up.weight`);
    expect(await fitted(kohya("lora_unet_a_to_q"))).toEqual(["a.to_q"]);
    expect(await fitted(kohya("lora_unet_a_b_c"))).toEqual(["a_b.c"]);
    for (const name of ["lora_te_text_model_encoder_layers_0_fc1", "lora_te_encoder_layers_0_fc1"]) {
      expect(await fitted(kohya(name))).toEqual(["text_model.encoder.layers.0.fc1"]);
    }
    for (const name of ["text_encoder.encoder", "text_encoder.text_model.encoder", "encoder", "text_model.encoder"]) {
      expect(await fitted(changes(`${name}.layers.0.fc1`))).toEqual(["text_model.encoder.layers.0.fc1"]);
    }
  });

  it("takes convolutions of kernel 1 for matrices, and four channels for eight", async () => {
    expect(await fitted(changes("a.proj"))).toEqual(["a.proj"]);
    expect(await fitted(changes("a.to_q", [2, 3, 1, 1], [4, 2, 1, 1]))).toEqual(["a.to_q"]);
    expect(await fitted(changes("conv_in", [2, 4, 3, 3]))).toEqual(["conv_in"]);
  });

  it.each<[string, readonly Entry[], RegExp]>([
    ["a module it has not", changes("a.to_k"), /the model does not have 1 of its 1 modules: a\.to_k; is the LoRA for/],
    ["a norm", changes("a.norm"), /does not have 1 of its 1 modules: a\.norm/],
    ["five of six", [...changes("a.to_q"), ...[1, 2, 3, 4, 5].flatMap((i) => changes(`x${i}`))], /5 of its 6.*x3, …;/],
    ["another input", changes("a.to_q", [2, 5]), /a change of a\.to_q \[4, 3\], got one of \[4, 5\]; is .* version/],
    ["another output", changes("a.to_q", [2, 3], [5, 2]), /\[4, 3\], got one of \[5, 3\]/],
    ["another kernel", changes("conv_in", [2, 8, 1, 1]), /conv_in \[4, 8, 3, 3\], got one of \[4, 8, 1, 1\]/],
    ["too few channels", changes("conv_in", [2, 3, 3, 3]), /conv_in \[4, 8, 3, 3\], got one of \[4, 3, 3, 3\]/],
    [
      "one module twice",
      [...changes("a.to_q"), ...pair("lora_unet_a_to_q.lora_down.weight", "lora_unet_a_to_q.lora_up.weight")],
      /a\.to_q is changed twice, under two names/,
    ],
  ])("refuses %s", async (_name, entries, message) => {
    await expect(fitted(entries)).rejects.toThrow(CheckpointError);
    await expect(fitted(entries)).rejects.toThrow(message);
  });
});
